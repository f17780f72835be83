import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { Logger } from "../../src/base/logger.ts";
import { startDemoRelay } from "../../src/demo/demoRelay.ts";
import { EngineError, EngineProxy } from "../../src/engine/engineProxy.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import type { EngineSnapshot } from "../../src/protocol/engine.ts";
import { unpackWindow } from "../../src/protocol/rowPack.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { until } from "../support/until.ts";

const workerPath = new URL("../../src/engine/engineWorker.ts", import.meta.url);
const policyFile = join(import.meta.dirname, "../fixtures/tutorial/rule1-l3-l4.yaml");

interface Probe {
  readonly proxy: EngineProxy;
  readonly snapshots: EngineSnapshot[];
  readonly log: string[];
}

function setUp(t: TestContext, path: string | URL = workerPath): Probe {
  const noLeaks = watchLeaks();
  const log: string[] = [];
  const note = (level: string) => (area: string, message: string) => {
    log.push(`${level} ${area} ${message}`);
  };
  const logger: Logger = {
    debug: note("debug"),
    info: note("info"),
    warn: note("warn"),
    error: note("error"),
  };
  const proxy = new EngineProxy(path, logger);
  const snapshots: EngineSnapshot[] = [];
  proxy.onSnapshot((snapshot) => snapshots.push(snapshot));
  t.after(async () => {
    await proxy.dispose();
    await noLeaks();
  });
  return { proxy, snapshots, log };
}

/** A worker that answers everything with the calls that it got so far, and throws when it is asked to retry. */
const strangeWorker = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    const calls = [];
    parentPort.on("message", ({ id, name }) => {
      calls.push(name);
      if (name === "retryNow") throw new Error("a bug");
      if (name === "disconnect") return;
      parentPort.postMessage({ type: "reply", id, result: calls.join(" ") });
      const snapshot = { sequence: calls.length, state: { name: "paused", target: { kind: "demo", address: "a:1" } }, flows: { held: 5 }, relay: {}, nodes: [{}], lost: [{}], groups: [{}], documents: [{}], views: [{ view: 1, first: 0, end: 5 }], recording: { path: "r.jsonl", flows: 5 } };
      parentPort.postMessage({ type: "snapshot", snapshot });
    });
  `)}`,
);

test("flows of the demo relay reach the main thread by way of the worker", async (t) => {
  const { proxy, snapshots, log } = setUp(t);
  const relay = await startDemoRelay({ port: 0, seed: 7, flowsPerSecond: 100, policies: [] });
  t.after(() => relay.stop());
  const text = await readFile(policyFile, "utf8");
  await proxy.request("configure", {
    maxFlows: 5000,
    maxBytes: 1 << 26,
    historyPerNode: 500,
    clusterName: "default",
  });
  await proxy.request("setInterest", { groups: true, documents: true, views: true });
  await proxy.request("setDocument", { uri: "file:///rule1.yaml", version: 1, text });
  const { view } = await proxy.request("openView", { selection: allFlows });
  await proxy.request("connect", { target: { kind: "demo", address: relay.address } });
  const streamed = await until("flows", () => {
    const last = snapshots.at(-1);
    return last?.state.name === "streaming" && last.flows.held > 500 && last.documents?.length === 1
      ? last
      : undefined;
  });
  assert.ok((streamed.groups ?? []).some(({ namespace }) => namespace === "shop"));
  const window = unpackWindow(await proxy.request("rows", { view, from: 0, count: 50 }));
  assert.equal(window.rows.length, 50);
  const details = await proxy.request("details", { row: window.rows[0]?.row ?? -1 });
  assert.match(details?.json ?? "", /"flow"/);
  await assert.rejects(proxy.request("rows", { view: 99, from: 0, count: 1 }), (error) => {
    return error instanceof EngineError && error.kind === "refused" && /not open/.test(error.message);
  });
  assert.ok(
    log.some((line) => line === "info session streaming"),
    log.join("\n"),
  );
  await relay.stop();
  await until("waiting", () => snapshots.at(-1)?.state.name === "waiting");
  await proxy.request("disconnect", null);
  await until("idle", () => snapshots.at(-1)?.state.name === "idle");
});

test("nothing is started before the first request", async (t) => {
  const { proxy } = setUp(t, new URL("file:///nosuch/worker.js"));
  await proxy.dispose();
  await assert.rejects(proxy.request("retryNow", null), { kind: "disposed" });
});

test("a worker that crashes: its requests are rejected, the session shows as failed, the next one knows what it must", async (t) => {
  const { proxy, snapshots, log } = setUp(t, strangeWorker);
  const settings = { maxFlows: 1, maxBytes: 1, historyPerNode: 1, clusterName: "" };
  const document = (uri: string) => proxy.request("setDocument", { uri, version: 1, text: "" });
  await proxy.request("configure", settings);
  await document("a");
  await document("b");
  await proxy.request("closeDocument", { uri: "a" });
  await until("a snapshot", () => snapshots.length > 0);
  const waiting = proxy.request("disconnect", null);
  const crashing = proxy.request("retryNow", null);
  await assert.rejects(crashing, { kind: "crashed" });
  await assert.rejects(waiting, { kind: "crashed" });
  const failed = snapshots.at(-1);
  assert.ok(failed?.state.name === "failed");
  assert.equal(failed.state.failure.kind, "internal");
  assert.match(failed.state.failure.cause, /a bug/);
  const { views, flows, relay, nodes, lost } = failed;
  assert.deepEqual([views, flows.held, relay, nodes, lost], [[], 0, null, [], []]);
  assert.ok(
    !("groups" in failed) && !("documents" in failed),
    "nothing of the old worker is shown as if it were held",
  );
  assert.deepEqual([failed.recording?.path, failed.recording?.flows], ["r.jsonl", 5]);
  assert.match(failed.recording?.failure ?? "", /stopped unexpectedly/);
  assert.ok(log.some((line) => line.startsWith("error engine") && line.includes("a bug")));
  // The strange worker answers with the names of the calls that it got.
  const calls: unknown = await proxy.request("setApplied", { texts: null });
  assert.equal(calls, "configure setDocument setApplied");
  await until("more snapshots", () => snapshots.at(-1)?.state.name === "paused");
  const sequences = snapshots.map(({ sequence }) => sequence);
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  );
  assert.equal(new Set(sequences).size, sequences.length);
});

test("a worker that cannot even start rejects the request", async (t) => {
  const { proxy, log } = setUp(t, new URL("file:///nosuch/worker.js"));
  await assert.rejects(proxy.request("retryNow", null), { kind: "crashed" });
  assert.ok(log.some((line) => line.startsWith("error engine")));
});

test("disposing rejects what is under way", async (t) => {
  const { proxy } = setUp(t, strangeWorker);
  const waiting = proxy.request("disconnect", null);
  const rejected = assert.rejects(waiting, { kind: "disposed" });
  await proxy.dispose();
  await rejected;
});

test("disposing ends a recording: its file is whole", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-proxy-"));
  const relay = await startDemoRelay({ port: 0, seed: 3, flowsPerSecond: 2_000, policies: [] });
  t.after(async () => {
    await relay.stop();
    await rm(folder, { recursive: true });
  });
  const { proxy, snapshots } = setUp(t);
  const path = join(folder, "flows.jsonl");
  await proxy.request("startRecording", { path, maxBytes: 0, maxFiles: 0, redact: true });
  await proxy.request("connect", { target: { kind: "demo", address: relay.address } });
  const last = await until("flows", () =>
    snapshots.find(({ recording }) => (recording?.flows ?? 0) > 200 && recording),
  );
  await proxy.dispose();
  const text = await readFile(path, "utf8");
  assert.ok(text.endsWith("}\n"));
  const lines = text.trimEnd().split("\n");
  assert.ok(lines.length >= (last.recording?.flows ?? 0));
  for (const line of lines) JSON.parse(line);
});

test("a capture that is cancelled fails as cancelled, one that is not there as refused", async (t) => {
  const { proxy } = setUp(t);
  const [opening, missing] = [import.meta.filename, `${import.meta.filename}.nosuch`].map((path) =>
    proxy.request("openCapture", { path }),
  );
  const cancelled = [opening, missing].map((each) =>
    assert.rejects(each ?? assert.fail(), { kind: "cancelled" }),
  );
  await proxy.request("cancelCapture", null);
  await Promise.all(cancelled);
  await assert.rejects(proxy.request("openCapture", { path: `${import.meta.filename}.nosuch` }), {
    kind: "refused",
  });
});
