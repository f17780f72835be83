import assert from "node:assert/strict";
import test from "node:test";
import { toTimestamp } from "../../src/engine/gapCheck.ts";
import { NodeNames } from "../../src/engine/nodeNames.ts";
import { RateMeter } from "../../src/engine/rateMeter.ts";
import { StreamMemory } from "../../src/engine/streamMemory.ts";
import { Throttle } from "../../src/engine/throttle.ts";
import { usualTimings, waitBefore } from "../../src/engine/timings.ts";
import { DeadlineError, delay, withDeadline } from "../../src/engine/waits.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { until } from "../support/until.ts";

test("waits grow from half a second to half a minute, with up to half of it taken off", () => {
  const shortest = (attempt: number) => waitBefore(attempt, 0.999_999, usualTimings);
  const longest = (attempt: number) => waitBefore(attempt, 0, usualTimings);
  assert.deepEqual([1, 2, 3, 6, 7, 8, 1000].map(longest), [500, 1000, 2000, 16_000, 30_000, 30_000, 30_000]);
  assert.deepEqual([1, 2, 7].map(shortest), [250, 500, 15_000]);
});

test("a rate is that of the last seconds", () => {
  let nowMs = 1000;
  const meter = new RateMeter(() => nowMs);
  assert.equal(meter.perSecond(), 0);
  for (let index = 0; index < 100; index++) {
    meter.add();
    nowMs += 10;
  }
  assert.equal(meter.perSecond(), 100);
  for (let index = 0; index < 1000; index++) {
    meter.add();
    nowMs += 10;
  }
  assert.ok(Math.abs(meter.perSecond() - 100) < 5, String(meter.perSecond()));
  nowMs += 2000;
  assert.ok(meter.perSecond() < 75 && meter.perSecond() > 0, String(meter.perSecond()));
  nowMs += 5000;
  assert.equal(meter.perSecond(), 0);
  meter.reset();
  meter.add();
  assert.equal(meter.perSecond(), 1);
});

test("a throttle runs at once, then once per interval, and a last time", async () => {
  const ran: number[] = [];
  const throttle = new Throttle(60, () => ran.push(performance.now()));
  const began = performance.now();
  throttle.request();
  const busy = setInterval(() => {
    throttle.request();
  }, 1);
  await until("three runs", () => ran.length >= 3);
  clearInterval(busy);
  const gaps = ran.slice(1).map((time, index) => time - (ran[index] ?? 0));
  assert.ok((ran[0] ?? 0) - began < 50);
  assert.ok(
    gaps.every((gap) => gap >= 55),
    gaps.join(),
  );
  const before = ran.length;
  throttle.request();
  throttle.dispose();
  throttle.request();
  await until("nothing more runs", () => performance.now() - (ran.at(-1) ?? 0) > 150);
  assert.equal(ran.length, before);
});

test("a throttle that is told to runs at once, in place of what was requested", async () => {
  let ran = 0;
  const throttle = new Throttle(60, () => ran++);
  throttle.request();
  await until("the first run", () => ran === 1);
  throttle.request();
  throttle.now();
  assert.equal(ran, 2);
  throttle.request();
  throttle.dispose();
  throttle.now();
  assert.equal(ran, 2);
});

test("a wait ends with its time or its signal, and leaves no timer", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const controller = new AbortController();
  const waiting = delay(1_000_000, controller.signal);
  assert.equal(timers(), before + 1);
  controller.abort();
  await waiting;
  await delay(1_000_000, controller.signal);
  await delay(1, new AbortController().signal);
  assert.equal(timers(), before);
});

test("a deadline ends work that does not heed its signal", async () => {
  const never = new AbortController().signal;
  await assert.rejects(
    withDeadline(10, never, () => new Promise<void>(() => undefined)),
    DeadlineError,
  );
  assert.equal(await withDeadline(1000, never, () => Promise.resolve(5)), 5);
  await assert.rejects(
    withDeadline(1000, never, () => Promise.reject(new Error("its own"))),
    /its own/,
  );
  await assert.rejects(
    withDeadline(1000, AbortSignal.abort(new Error("stop")), () => new Promise<void>(() => undefined)),
    /stop/,
  );
});

test("nodes are numbered by their names, but not without end", () => {
  const nodes = new NodeNames(new FlowStore({ maxFlows: 1, maxBytes: 1 }));
  const first = nodes.numberOf("node-0");
  assert.deepEqual(
    [nodes.nameOf(first), nodes.numberOf("node-0"), nodes.nameOf(nodes.ofString(0))],
    ["node-0", first, ""],
  );
  const numbers = new Set(Array.from({ length: 100_000 }, (_, index) => nodes.numberOf(`node-${index}`)));
  assert.deepEqual([numbers.size, nodes.nameOf(nodes.numberOf("node-99999"))], [1 << 16, ""]);
  assert.equal(nodes.numberOf("node-0"), first);
});

/** Tells a memory what streams bring, by the names of the nodes. */
function streamNodes(memory: () => StreamMemory) {
  const nodes = new NodeNames(new FlowStore({ maxFlows: 1, maxBytes: 1 }));
  const saw = (key: string, node: string, timeMs: number) => {
    memory().watch(key).saw(nodes.numberOf(node), timeMs);
  };
  return { nodes, saw };
}

test("streams begin with history and go on where they were", () => {
  let oldestHeldMs: number | undefined = undefined;
  const { nodes, saw } = streamNodes(() => memory);
  const memory: StreamMemory = new StreamMemory({
    historyPerNode: () => 50,
    maxFlows: () => 1000,
    oldestHeldMs: () => oldestHeldMs,
    nodes,
  });
  const since = (ms: number) => ({ number: 1000, since: toTimestamp(ms) });
  assert.deepEqual(memory.open("a"), { number: 50 });
  // Nothing came: it begins again.
  memory.cut(11_000);
  assert.equal(memory.resumes("a"), false);
  assert.deepEqual(memory.open("a"), { number: 50 });
  saw("a", "node-1", 10_000);
  saw("a", "node-2", 12_000);
  saw("a", "node-1", 9_000);
  // Cut while history was coming: what of it came is not asked for again.
  memory.cut(13_000);
  assert.deepEqual(memory.open("a"), since(8_000));
  memory.settle("a");
  memory.cut(14_000);
  assert.deepEqual(memory.open("a"), since(8_000));
  saw("a", "node-1", 20_000);
  saw("a", "node-2", 20_000);
  // Cut while the missing part was coming.
  memory.cut(21_000);
  assert.deepEqual(memory.open("a"), since(8_000));
  memory.settle("a");
  memory.cut(21_000);
  assert.deepEqual(memory.open("a"), since(18_000));
  // What was dropped to stay within bounds is not asked for again.
  oldestHeldMs = 19_500;
  assert.deepEqual(memory.open("a"), since(19_500));
  assert.deepEqual(memory.open("b"), { number: 50 });
  assert.deepEqual(Object.fromEntries(memory.lastSeen), { "node-1": 20_000, "node-2": 20_000 });
  memory.forgetNodes(["node-1"]);
  assert.deepEqual(Object.fromEntries(memory.lastSeen), { "node-2": 20_000 });
});

test("a stream that runs on goes on where it was, however many others came and went", () => {
  const { nodes, saw } = streamNodes(() => memory);
  const memory: StreamMemory = new StreamMemory({
    historyPerNode: () => 50,
    maxFlows: () => 1000,
    oldestHeldMs: () => undefined,
    nodes,
  });
  memory.open("watch");
  saw("watch", "node", 10_000);
  memory.settle("watch");
  for (let number = 0; number < 30; number++) {
    memory.open(`view ${number}`);
    saw(`view ${number}`, "node", 20_000);
    memory.settle(`view ${number}`);
    memory.cut(25_000, [`view ${number}`]);
  }
  memory.cut(30_000);
  assert.deepEqual(memory.open("watch"), { number: 1000, since: toTimestamp(8_000) });
  assert.deepEqual([memory.resumes("view 0"), memory.resumes("view 29")], [false, true]);
});

test("what streams have certainly received: until the cut when history was in, else until each node's last", () => {
  const { nodes, saw } = streamNodes(() => memory);
  const memory: StreamMemory = new StreamMemory({
    historyPerNode: () => 50,
    maxFlows: () => 1000,
    oldestHeldMs: () => undefined,
    nodes,
  });
  const covered = (keys: readonly string[], lostAtMs: number) => {
    const { nodes, others } = memory.coverage(keys, lostAtMs);
    return { ...Object.fromEntries(nodes), ...(others !== undefined && { others }) };
  };
  assert.deepEqual(covered(["a"], 10_000), { others: 8_000 });
  memory.open("a");
  saw("a", "quiet", 1_000);
  saw("a", "busy", 9_500);
  const openedAtMs = memory.coverage(["a"], 10_000).others ?? 0;
  assert.ok(Math.abs(openedAtMs + 2_000 - Date.now()) < 1_000);
  assert.deepEqual(covered(["a"], 10_000), { quiet: 1_000, busy: 9_500, others: openedAtMs });
  memory.settle("a");
  memory.cut(10_000);
  assert.deepEqual(covered(["a"], 10_000), { quiet: 8_000, busy: 9_500 });
  // The missing part was coming: of the quiet node nothing did.
  memory.open("a");
  saw("a", "busy", 15_000);
  memory.cut(20_000);
  assert.deepEqual(covered(["a"], 20_000), { quiet: 8_000, busy: 15_000 });
  // Others that run on are no witness for one that ended.
  saw("b", "busy", 40_000);
  assert.deepEqual(covered(["a"], 40_000), { quiet: 8_000, busy: 15_000 });
  assert.deepEqual(covered(["new"], 40_000), { quiet: 38_000, busy: 40_000 });
});
