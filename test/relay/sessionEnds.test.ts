import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { FlowIntake } from "../../src/engine/flowIntake.ts";
import { Session } from "../../src/engine/session.ts";
import { planStreams } from "../../src/engine/streamPlan.ts";
import { usualTimings } from "../../src/engine/timings.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import { shortTimings } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { testTime } from "../support/makeFlow.ts";
import { until } from "../support/until.ts";

const everything = planStreams(false, [allFlows], testTime(0));
/** Waits so long that a test ends it. */
const longWaits = { firstWaitMs: usualTimings.longestWaitMs, longestWaitMs: usualTimings.longestWaitMs };

/** A session that streams from a relay, with every state that it was in and what it logged. */
async function setUp(t: TestContext, timings: Partial<typeof shortTimings> = {}) {
  const noLeaks = watchLeaks();
  const [relay, other] = [new RingRelay(), new RingRelay()];
  await relay.start();
  await other.start();
  const store = new FlowStore({ maxFlows: 100, maxBytes: 1 << 20 });
  const log: string[] = [];
  const note = (level: string) => (_area: string, message: string) => {
    log.push(`${level} ${message}`);
  };
  const logger = { ...silentLogger, warn: note("warn"), debug: note("debug") };
  const session = new Session({
    logger,
    timings: { ...shortTimings, ...timings },
    intake: new FlowIntake(store, logger, () => undefined),
    historyPerNode: () => 10,
    maxFlows: () => 100,
    oldestHeldMs: () => undefined,
  });
  t.after(async () => {
    session.dispose();
    relay.stop();
    other.stop();
    await noLeaks();
  });
  const states: string[] = [];
  session.onChange(() => {
    const { state } = session;
    const at = state.name !== "idle" && state.target.kind !== "kubernetes" ? state.target.address : "-";
    const said = `${state.name} ${at}`;
    if (states.at(-1) !== said) states.push(said);
  });
  session.setPlan(everything);
  session.connect({ kind: "address", address: relay.address });
  await until("streaming", () => session.state.name === "streaming");
  return { session, relay, other, states, log };
}

/** What was under way has ended when the loop has gone round a few times: nothing else is awaited then. */
async function letItUnwind(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const endings: readonly (readonly [string, (session: Session) => void, string])[] = [
  [
    "disconnected",
    (session) => {
      session.disconnect();
    },
    "idle",
  ],
  [
    "failed for a bug",
    (session) => {
      session.fail(new Error("a bug"));
    },
    "failed",
  ],
];

for (const looking of [true, false]) {
  const whoLooks = looking ? "somebody" : "nobody";
  for (const [how, end, last] of endings) {
    test(`waiting while ${whoLooks} looks, and ${how}: that is its last state`, async (t) => {
      const { session, relay } = await setUp(t, longWaits);
      relay.stop();
      await until("waiting", () => session.state.name === "waiting");
      if (!looking) session.setPlan([]);
      end(session);
      await letItUnwind();
      assert.equal(session.state.name, last);
    });
  }

  test(`waiting while ${whoLooks} looks, and connected elsewhere: no state of the old target comes any more`, async (t) => {
    const { session, relay, other, states } = await setUp(t, longWaits);
    relay.stop();
    await until("waiting", () => session.state.name === "waiting");
    if (!looking) session.setPlan([]);
    const before = states.length;
    session.connect({ kind: "address", address: other.address });
    const settled = looking ? "streaming" : "paused";
    await until(settled, () => session.state.name === settled);
    assert.deepEqual(states.slice(before), [`connecting ${other.address}`, `${settled} ${other.address}`]);
    session.setPlan(everything);
    await until("streaming", () => session.state.name === "streaming");
  });
}

test("what comes after disconnecting, while a question is under way, changes nothing", async (t) => {
  const { session, relay, states } = await setUp(t, { pollMs: 5 });
  relay.silent = true;
  await letItUnwind();
  session.disconnect();
  relay.emit("node-1");
  await letItUnwind();
  assert.equal(states.at(-1), "idle -");
  assert.equal(session.relay, null);
});

test("a relay that refuses to tell its status is warned of once", async (t) => {
  const { session, relay, log } = await setUp(t, { pollMs: 5 });
  relay.refusesStatus = true;
  const said = (level: string) => log.filter((line) => line.startsWith(level) && line.includes("no status"));
  await until("several refusals", () => said("debug").length > 2);
  assert.equal(said("warn").length, 1, log.join("\n"));
  assert.equal(session.state.name, "streaming");
});

test("failed for a bug, and tried again: it streams on, and what was not seen meanwhile is settled", async (t) => {
  const { session, states, relay } = await setUp(t);
  session.fail(new Error("a bug"));
  await letItUnwind();
  assert.equal(session.state.name, "failed");
  session.retryNow();
  await until("streaming", () => session.state.name === "streaming");
  assert.deepEqual(states.slice(-3), [
    `failed ${relay.address}`,
    `connecting ${relay.address}`,
    `streaming ${relay.address}`,
  ]);
});
