import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import type { FlowsRequest } from "../../src/hubble/filterToRelay.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { openRelayClient, type RelayClient } from "../../src/hubble/relayClient.ts";
import { FramedFlows } from "../bench/framedFlows.ts";
import { ReplayServer } from "../bench/replayServer.ts";
import { realisticFlows } from "../support/realisticFlows.ts";
import { runHubbleLens } from "../support/runHubbleLens.ts";
import { until } from "../support/until.ts";

const held = 500;
const flows = new FramedFlows(realisticFlows(held, { seed: 3 }));

async function start(t: TestContext, options: { readonly newPods?: boolean } = {}) {
  const server = new ReplayServer(flows, options);
  const address = await server.listen();
  const client = openRelayClient({ address, logger: silentLogger });
  t.after(async () => {
    client.dispose();
    await server.stop();
  });
  return { server, client, address };
}

/** What was asked for, each flow as it was read. */
async function ask(client: RelayClient, request: FlowsRequest) {
  const read: ReturnType<typeof flowOf>[] = [];
  await client.flows(request, (raw) => read.push(flowOf(raw)), new AbortController().signal);
  return read;
}

function flowOf(raw: Uint8Array) {
  const response = readResponse(raw);
  assert.equal(response.kind, "flow");
  return response.flow;
}

describe("the relay that replays", () => {
  const asked: readonly (readonly [what: string, request: FlowsRequest, from: number, count: number])[] = [
    ["all that is held", {}, 0, held],
    ["the newest", { number: 20 }, held - 20, 20],
    ["the oldest", { number: 3, first: true }, 0, 3],
    ["more than is held", { number: 10_000 }, 0, held],
  ];
  for (const [what, request, from, count] of asked) {
    test(`answers ${what}, the same flows each time`, async (t) => {
      const { client } = await start(t);
      const all = await ask(client, {});
      const answered = await ask(client, request);
      assert.deepEqual(answered, all.slice(from, from + count));
      assert.equal(answered.length, count);
    });
  }

  test("answers questions about itself", async (t) => {
    const { client } = await start(t);
    const { signal } = new AbortController();
    assert.equal((await client.serverStatus(signal)).version, "replay");
    assert.deepEqual(
      (await client.nodes(signal)).map(({ name }) => name),
      ["replay"],
    );
    assert.deepEqual(
      (await client.namespaces(signal)).map(({ namespace }) => namespace),
      ["team-0-frontend"],
    );
  });

  for (const newPods of [false, true]) {
    test(`lets whoever follows see as many flows as it is told${newPods ? ", of pods of their own" : ""}`, async (t) => {
      const { server, client } = await start(t, { newPods });
      const followed: ReturnType<typeof flowOf>[] = [];
      const ended = new AbortController();
      const before = Date.now();
      const done = client.flows({ follow: true }, (raw) => followed.push(flowOf(raw)), ended.signal);
      const sent = 3 * held;
      await until("it follows", () => server.followers === 1);
      server.send(sent);
      await until("all have come", () => followed.length >= sent);
      ended.abort();
      await done;

      assert.equal(followed.length, sent);
      assert.equal(new Set(followed.map(({ uuid }) => uuid)).size, sent);
      const times = followed.map(({ time }) => time.seconds + time.nanos / 1e9);
      // Nanoseconds are squeezed by up to 0.27 s.
      assert.ok(times.every((seconds) => Math.abs(seconds - before / 1000) < 30));
      assert.deepEqual(
        times,
        times.toSorted((one, other) => one - other),
      );
      const pods = followed.map(({ trafficDirection, source, destination }) =>
        trafficDirection === "INGRESS" ? destination.podName : source.podName,
      );
      assert.equal(new Set(pods).size === sent, newPods);
    });
  }

  test("is what the command line can ask", async (t) => {
    const { address } = await start(t);
    const { stdout, exitStatus } = await runHubbleLens("observe", "--server", address, "--last", "7");
    assert.deepEqual([exitStatus, stdout.trimEnd().split("\n").length], [0, 7]);
  });
});
