import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { EngineProxy } from "../../src/engine/engineProxy.ts";
import type { EngineRequestName } from "../../src/protocol/engine.ts";
import { CancelledError, isCancellation } from "../../src/ui/cancelledError.ts";
import { DemoCluster } from "../../src/ui/session/demoCluster.ts";
import type { EngineClient } from "../../src/ui/session/engineClient.ts";
import { HubbleModel } from "../../src/ui/session/hubbleModel.ts";
import { InterestKeeper } from "../../src/ui/session/interestKeeper.ts";
import { Session } from "../../src/ui/session/session.ts";
import { fixtureText } from "../support/hubbleFixture.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { listProcesses } from "../support/listProcesses.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

const source = join(import.meta.dirname, "..", "..", "src");
/** A pace that no other test asks for: tells our processes from theirs. */
const flowsPerSecond = 4_000 + (process.pid % 1_000);
const never = new AbortController().signal;

/** A window's session with its engine and demo cluster, and the names of what the engine was asked. */
function setUp(t: TestContext) {
  const noLeaks = watchLeaks();
  const asked: EngineRequestName[] = [];
  /** Called with each name as it is asked. */
  let onAsked: (name: EngineRequestName) => void = () => undefined;
  const proxy = new EngineProxy(new URL("../../src/engine/engineWorker.ts", import.meta.url), silentLogger);
  const engine: EngineClient = {
    request: (name, params) => {
      asked.push(name);
      const reply = proxy.request(name, params);
      onAsked(name);
      return reply;
    },
    onSnapshot: proxy.onSnapshot,
  };
  const demo = new DemoCluster(join(source, "demo", "demoRelayProcess.ts"), silentLogger);
  const model = new HubbleModel(proxy.onSnapshot);
  const interest = new InterestKeeper(engine, silentLogger);
  const session = new Session({
    ...{ engine, model, interest, demo, logger: silentLogger },
    settings: {
      engine: () => ({ maxFlows: 1_000, maxBytes: 1 << 26, historyPerNode: 10, clusterName: "default" }),
      demoFlowsPerSecond: () => flowsPerSecond,
    },
    showFlows: () => Promise.resolve(),
  });
  demo.onPolicies((texts) => void session.setApplied(texts));
  t.after(async () => {
    await demo.stop();
    await proxy.dispose();
    for (const each of [demo, model, interest]) each.dispose();
    await noLeaks();
    assert.deepEqual(demos(), []);
  });
  const whenAsked = (wanted: EngineRequestName) =>
    new Promise<void>((resolve) => {
      onAsked = (name) => {
        if (name === wanted) resolve();
      };
    });
  return { session, model, asked, whenAsked };
}

function demos(): readonly number[] {
  return listProcesses("demoRelayProcess.ts")
    .filter(({ command }) => command.includes(`--rate ${flowsPerSecond}`))
    .map(({ pid }) => pid);
}

test("disconnecting right after connecting reaches the engine, whatever the last snapshot says", async (t) => {
  const relay = new RingRelay();
  await relay.start();
  t.after(() => {
    relay.stop();
  });
  const { session, model, asked, whenAsked } = setUp(t);
  const asksToConnect = whenAsked("connect");
  const connecting = assert.rejects(
    session.connect({ kind: "address", address: relay.address }),
    CancelledError,
  );
  await asksToConnect;
  assert.equal(model.inUse, false);
  await session.disconnect();
  await connecting;
  await until("the session has ended", () => {
    const { sequence, state } = model.snapshot;
    return sequence > 0 && state.name === "idle";
  });
  assert.deepEqual(
    asked.filter((name) => name === "connect" || name === "disconnect"),
    ["connect", "disconnect"],
  );
});

test("two starts of the demo cluster at once are one, and only the last of them connects", async (t) => {
  const { session, model, asked } = setUp(t);
  const first = session.startDemo(never);
  const second = session.startDemo(never);
  await assert.rejects(first, CancelledError);
  await second;
  assert.equal(demos().length, 1);
  assert.equal(asked.filter((name) => name === "connect").length, 1);
  await until("the demo's policies are told", () => {
    return asked.lastIndexOf("setApplied") > asked.indexOf("connect");
  });
  await until("the session has begun", () => model.snapshot.state.name !== "idle");
});

test("disconnecting while the demo cluster starts ends it, and nothing connects later", async (t) => {
  const { session, asked } = setUp(t);
  const starting = session.startDemo(never);
  await until("the process is there", () => demos().length === 1);
  const rejected = assert.rejects(starting, CancelledError);
  await session.disconnect();
  await rejected;
  assert.deepEqual(demos(), []);
  assert.deepEqual(asked, []);
});

test("what begins is said at once, until a snapshot tells of it or nothing comes of it", async (t) => {
  const { session, model } = setUp(t);
  assert.equal(model.beginning, undefined);
  const given = new AbortController();
  const cancelled = assert.rejects(session.startDemo(given.signal), CancelledError);
  assert.equal(model.beginning, "demo");
  given.abort();
  await cancelled;
  assert.equal(model.beginning, undefined);
  const connecting = session.connect({ kind: "address", address: "127.0.0.1:1" });
  assert.equal(model.beginning, "connection");
  await connecting;
  await until("a snapshot tells of it", () => model.snapshot.state.name !== "idle");
  assert.equal(model.beginning, undefined);
  const disconnected = assert.rejects(session.startDemo(never), CancelledError);
  assert.equal(model.beginning, "demo");
  await session.disconnect();
  await disconnected;
  assert.equal(model.beginning, undefined);
});

test("a file that is no capture leaves the session as it is; reading one can be cancelled", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-session-"));
  const relay = new RingRelay();
  await relay.start();
  t.after(async () => {
    relay.stop();
    await rm(folder, { recursive: true });
  });
  const { session, model } = setUp(t);
  await session.connect({ kind: "address", address: relay.address });
  await until("the session has begun", () => model.snapshot.source.kind === "live");
  await assert.rejects(session.openCapture(join(folder, "nosuch.jsonl"), never), (error) => {
    return /nosuch\.jsonl/.test(String(error)) && !isCancellation(error);
  });
  assert.equal(model.snapshot.source.kind, "live");
  const long = join(folder, "long.jsonl");
  await writeFile(long, fixtureText("tutorial/flows.jsonl").repeat(300));
  const abort = new AbortController();
  const watching = model.onDidChange(({ source }) => {
    if (source.kind === "reading") abort.abort();
  });
  await assert.rejects(session.openCapture(long, abort.signal), isCancellation);
  watching.dispose();
  await until("nothing is left of it", () => {
    const { source, flows } = model.snapshot;
    return source.kind === "none" && flows.held === 0;
  });
});
