import assert from "node:assert/strict";
import test from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { EngineProxy } from "../../src/engine/engineProxy.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import { writeNotice } from "../../src/hubble/writeResponse.ts";
import type { EngineSnapshot } from "../../src/protocol/engine.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { realisticFlows } from "../support/realisticFlows.ts";
import { type FlowsCall, startRelay } from "../support/relayServer.ts";
import { until } from "../support/until.ts";

/** Each with a pod that was not seen before, which every policy is asked about. */
const producedFlows = 50_000;
const flowsPerTurn = 40;
/** What is produced and not sent yet: as much as an agent's ring holds by default. */
const ringFlows = 4_095;
const maxFlows = 10_000;
/** What makes the engine slow. */
const documents = 40;
/** The window of the stream, what is held, and what is known of endpoints. */
const maxGrowthBytes = 600 << 20;
const answeredWithinMs = 10_000;

/** Sends flows for as long as the stream takes them; what its ring cannot hold meanwhile is lost, and said so. */
class HonestRelay {
  written = 0;
  lost = 0;
  #untold = 0;
  readonly #ring: Uint8Array[] = [];
  #call: FlowsCall | undefined;
  #takes = true;

  get isFollowed(): boolean {
    return this.#call !== undefined;
  }

  follow(call: FlowsCall): void {
    this.#call = call;
    call.on("drain", () => {
      this.#takes = true;
      this.send();
    });
  }

  produce(flow: Uint8Array): void {
    if (this.#ring.length >= ringFlows) {
      this.lost += 1;
      this.#untold += 1;
    } else {
      this.#ring.push(flow);
    }
  }

  send(): void {
    let sent = 0;
    while (this.#takes && sent < this.#ring.length) {
      this.#write(this.#ring[sent] ?? new Uint8Array());
      sent += 1;
    }
    this.#ring.splice(0, sent);
    this.written += sent;
    if (!this.#takes || this.#untold === 0) return;
    const count = this.#untold;
    this.#untold = 0;
    // Of two notices with one time and count the second would be a repetition.
    const time = { seconds: Math.floor(Date.now() / 1000), nanos: this.written };
    this.#write(
      writeNotice({ kind: "lost-events", time, nodeName: "node", source: "HUBBLE_RING_BUFFER", count }),
    );
  }

  #write(raw: Uint8Array): void {
    this.#takes = this.#call?.write(raw) ?? false;
  }
}

test("flows faster than can be handled are held back and lost at the relay, and every one is accounted for", async (t) => {
  const noLeaks = watchLeaks();
  const flows = realisticFlows(producedFlows, { seed: 3, churn: true });
  const honest = new HonestRelay();
  const relay = await startRelay({
    flows: (call) => {
      // On a second stream nothing happens.
      if (!honest.isFollowed) honest.follow(call);
    },
  });
  const proxy = new EngineProxy(new URL("../../src/engine/engineWorker.ts", import.meta.url), silentLogger);
  t.after(async () => {
    await proxy.dispose();
    relay.stop();
    await noLeaks();
  });
  const last: { snapshot?: EngineSnapshot } = {};
  proxy.onSnapshot((snapshot) => {
    last.snapshot = snapshot;
  });
  const seen = () => last.snapshot?.flows.seen ?? 0;
  const told = () => (last.snapshot?.lost ?? []).reduce((sum, { count }) => sum + count, 0);
  await proxy.request("configure", { maxFlows, maxBytes: 64 << 20, historyPerNode: 0, clusterName: "" });
  for (let number = 0; number < documents; number++) {
    await proxy.request("setDocument", { uri: `policy-${number}`, version: 1, text: policy(number) });
  }
  const { view } = await proxy.request("openView", { selection: allFlows });
  await proxy.request("setInterest", { groups: true, documents: true, views: true });
  await proxy.request("connect", { target: { kind: "address", address: relay.address } });
  await until("a stream", () => honest.isFollowed);
  const before = process.memoryUsage.rss();
  let mostBytes = 0;
  let slowestMs = 0;
  const ask = async () => {
    const began = performance.now();
    await proxy.request("rows", { view, from: 0, count: 50 });
    slowestMs = Math.max(slowestMs, performance.now() - began);
  };
  let asked = Promise.resolve();
  for (let from = 0; from < flows.length; from += flowsPerTurn) {
    for (const flow of flows.slice(from, from + flowsPerTurn)) honest.produce(flow);
    honest.send();
    if (from % 5_000 === 0) asked = asked.then(ask);
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss() - before);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(
    "every flow is accounted for",
    () => seen() + told() === producedFlows,
    60_000,
    () => `${honest.written} written, ${honest.lost} lost; ${seen()} seen, ${told()} told`,
  );
  await asked;
  mostBytes = Math.max(mostBytes, process.memoryUsage.rss() - before);
  assert.ok(honest.lost > 0, "nothing was lost: the engine was not outrun");
  assert.deepEqual({ seen: seen(), told: told() }, { seen: honest.written, told: honest.lost });
  assert.ok((last.snapshot?.flows.held ?? 0) <= maxFlows);
  assert.ok(mostBytes < maxGrowthBytes, `grew by ${Math.round(mostBytes / 2 ** 20)} MiB`);
  assert.ok(slowestMs < answeredWithinMs, `a question took ${Math.round(slowestMs)} ms`);
  t.diagnostic(
    `lost ${honest.lost} of ${producedFlows}; grew by ${Math.round(mostBytes / 2 ** 20)} MiB; a question took ${Math.round(slowestMs)} ms at most`,
  );
});

function policy(number: number): string {
  return `apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: { name: policy-${number} }
spec:
  endpointSelector: { matchLabels: { env: production } }
  ingress:
    - fromEndpoints: [{ matchLabels: { tier: backend } }]
      toPorts: [{ ports: [{ port: "${8000 + number}", protocol: TCP }] }]
`;
}
