import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { openRelayPath } from "../../src/cluster/openRelayPath.ts";
import { type DemoRelay, startDemoRelay } from "../../src/demo/demoRelay.ts";
import type { Flow, Timestamp } from "../../src/flows/flow.ts";
import type { FlowsRequest } from "../../src/hubble/filterToRelay.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { openRelayClient, type RelayClient } from "../../src/hubble/relayClient.ts";
import type { Target } from "../../src/protocol/session.ts";
import { EngineProbe, shortTimings } from "../support/engineProbe.ts";
import { FakeApiServer } from "../support/fakeApiServer.ts";
import { readyRelay } from "../support/kubernetesObjects.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { until } from "../support/until.ts";

const podName = "hubble-relay-5d8f9c-abcde";
const never = new AbortController().signal;

interface Cluster {
  readonly api: FakeApiServer;
  readonly relay: DemoRelay;
  readonly target: Extract<Target, { kind: "kubernetes" }>;
  /** Is called before the cluster ends. */
  readonly owned: (() => void)[];
}

/** The demo relay as a pod of a cluster; all of it, and all that the test made, must be gone after the test. */
async function startCluster(t: TestContext, clock = Date.now): Promise<Cluster> {
  const noLeaks = watchLeaks();
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-session-"));
  const relay = await startDemoRelay({ port: 0, seed: 1, flowsPerSecond: 60, policies: [], clock });
  const api = await FakeApiServer.start(readyRelay(podName));
  api.kubelet.serve(podName, 4245, Number(relay.address.split(":").at(-1)));
  const file = join(folder, "config");
  await writeFile(file, api.kubeconfig());
  const owned: (() => void)[] = [];
  t.after(async () => {
    for (const end of owned) end();
    await until("our connections to the cluster end", () => api.openConnections === 0);
    await api.stop();
    await relay.stop();
    await rm(folder, { recursive: true, force: true });
    await noLeaks();
  });
  const place = { namespace: "kube-system", service: "hubble-relay" };
  return { api, relay, target: { kind: "kubernetes", kubeconfigPaths: [file], ...place }, owned };
}

test("status and flows of a relay are read through a port-forward as they are without", async (t) => {
  const now = Date.now();
  // The clock stands still: nothing new comes while both are asked.
  const { api, relay, target, owned } = await startCluster(t, () => now);
  const path = await openRelayPath(target, { signal: never, logger: silentLogger, onStep: () => undefined });
  const createConnection = () => path.createConnection();
  const through = openRelayClient({ address: path.description, createConnection, logger: silentLogger });
  const direct = openRelayClient({ address: relay.address, logger: silentLogger });
  owned.push(
    () => {
      through.dispose();
    },
    () => {
      direct.dispose();
    },
    () => {
      path.dispose();
    },
  );
  const { version, connectedNodes } = await through.serverStatus(never);
  const expected = await direct.serverStatus(never);
  assert.deepEqual([version, connectedNodes], [expected.version, expected.connectedNodes]);
  const flows = await flowsOf(through, { number: 100 });
  assert.ok(flows.length >= 100, `${flows.length} flows`);
  assert.deepEqual(flows, await flowsOf(direct, { number: 100 }));
  assert.deepEqual([...new Set(api.kubelet.forwards)], ["websocket"]);
});

test("a session through a port-forward comes back after each break, without a duplicate or a gap", async (t) => {
  const { api, relay, target, owned } = await startCluster(t);
  const probe = new EngineProbe();
  owned.push(() => {
    probe.engine.dispose();
  });
  const settings = { maxFlows: 10_000, maxBytes: 64 << 20, historyPerNode: 200, clusterName: "default" };
  await probe.engine.handle("configure", settings);
  await probe.engine.handle("connect", { target });
  const view = await probe.view();
  await probe.untilRows(view, 50);
  const beganMs = Date.now();
  let lastBreakMs = beganMs;
  const breaks: readonly [
    name: string,
    breakIt: () => void | Promise<void>,
    restore: () => void | Promise<void>,
  ][] = [
    [
      "the connection to the API server breaks",
      () => {
        api.cutConnections();
      },
      () => undefined,
    ],
    [
      "the node ends its forwards",
      () => {
        api.kubelet.cutForwards();
      },
      () => undefined,
    ],
    [
      "the API server restarts",
      async () => {
        const { port } = api;
        api.cutConnections();
        await api.pause();
        await probe.until(
          "unreachable",
          ({ state }) => state.name === "waiting" && state.failure.kind === "api-server-unreachable",
        );
        await api.listen(port);
      },
      () => undefined,
    ],
    [
      "the relay's pod is replaced",
      async () => {
        api.setObjects([]);
        api.cutConnections();
        await probe.until(
          "gone",
          ({ state }) => state.name === "waiting" && state.failure.kind === "relay-not-found",
        );
      },
      () => {
        api.setObjects(readyRelay(podName));
      },
    ],
  ];
  for (const [name, breakIt, restore] of breaks) {
    await streamsWell(probe);
    const told = probe.snapshots.length;
    await breakIt();
    await until(`waiting: ${name}`, () =>
      probe.snapshots.slice(told).some(({ state }) => state.name === "waiting"),
    );
    await restore();
    lastBreakMs = Date.now();
  }
  await streamsWell(probe);
  await probe.engine.handle("disconnect", null);
  const { flows } = await probe.untilState("idle");
  const uuids = await probe.uuids(view);
  assert.ok(flows.held < 1_000, "all rows are read");
  assert.deepEqual(
    uuids.filter((uuid) => uuid.includes("not seen")),
    [],
    "a gap",
  );
  assert.equal(new Set(uuids).size, uuids.length, "a duplicate");
  const direct = openRelayClient({ address: relay.address, logger: silentLogger });
  owned.push(() => {
    direct.dispose();
  });
  const sent = await flowsOf(direct, { since: timestamp(beganMs), until: timestamp(lastBreakMs) });
  assert.ok(sent.length > 20, `${sent.length} flows in ${lastBreakMs - beganMs} ms`);
  assert.deepEqual(
    sent.map(({ uuid = "-" }) => uuid).filter((uuid) => !uuids.includes(uuid)),
    [],
    "lost",
  );
});

test("a relay that does not listen in its pod: the session says what the cluster says", async (t) => {
  const { api, target, owned } = await startCluster(t);
  const noPort = 1;
  api.kubelet.serve(podName, 4245, noPort);
  const probe = new EngineProbe();
  owned.push(() => {
    probe.engine.dispose();
  });
  await probe.engine.handle("connect", { target });
  const { state } = await probe.untilState("waiting");
  assert.ok(state.name === "waiting");
  assert.deepEqual(
    [state.failure.kind, state.failure.message],
    [
      "port-forward-failed",
      `The port-forward to ${podName} in kube-system of kind-test, port 4245, failed in the cluster. See whether the pod is well.`,
    ],
  );
});

/** Waits until the session has been streaming for long enough that its history is in. */
async function streamsWell(probe: EngineProbe): Promise<void> {
  const { state } = await probe.untilState("streaming");
  assert.ok(state.name === "streaming");
  const settledMs = state.sinceMs + 4 * shortTimings.settleMs;
  await probe.until("flows of now", ({ flows }) => (flows.newestMs ?? 0) > settledMs);
}

async function flowsOf(client: RelayClient, request: FlowsRequest): Promise<readonly Flow[]> {
  const flows: Flow[] = [];
  await client.flows(
    request,
    (raw) => {
      const response = readResponse(raw);
      if (response.kind === "flow") flows.push(response.flow);
    },
    never,
  );
  return flows;
}

function timestamp(ms: number): Timestamp {
  return { seconds: Math.floor(ms / 1000), nanos: (ms % 1000) * 1_000_000 };
}
