import assert from "node:assert/strict";
import test from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { HeldFigures } from "../../src/engine/heldFigures.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { makeFlow } from "../support/makeFlow.ts";

function setUp(maxFlows: number) {
  const store: FlowStore = new FlowStore({
    maxFlows,
    maxBytes: 1 << 24,
    onDrop: (row) => {
      figures.removed(row);
    },
    onClear: () => {
      figures.clear();
    },
  });
  const figures = new HeldFigures(store);
  return { store, figures };
}

/** The same figures, by looking at each row. */
function lookedAt(store: FlowStore) {
  let [flows, denied, oldestMs, newestMs] = [0, 0, Infinity, -Infinity];
  for (let row = store.first; row < store.end; row++) {
    const slot = store.slotOf(row);
    if (store.columns.kind[slot] !== 1) continue;
    const { seconds, nanos } = store.timeAt(row);
    const ms = seconds * 1000 + nanos / 1e6;
    flows += 1;
    if (store.columns.verdict[slot] === 2) denied += 1;
    oldestMs = Math.min(oldestMs, ms);
    newestMs = Math.max(newestMs, ms);
  }
  return flows === 0
    ? { flows, denied, oldestMs: null, newestMs: null }
    : { flows, denied, oldestMs, newestMs };
}

for (const maxFlows of [1, 50, 5_000, 9_000]) {
  test(`figures of ${maxFlows} held rows, in any order of time`, () => {
    const random = new SeededRandom(maxFlows);
    const { store, figures } = setUp(maxFlows);
    const check = () => {
      const { flows, denied } = figures;
      assert.deepEqual({ flows, denied, ...figures.timeSpan() }, lookedAt(store));
    };
    check();
    for (let appended = 0; appended < 20_000; appended++) {
      const time = { seconds: random.integer(1, 1_000_000), nanos: random.integer(0, 999_999_999) };
      const row =
        random.integer(0, 9) === 0
          ? store.appendNotice({ kind: "gap", time, until: time, cause: "a test" })
          : store.append(makeFlow({ time, verdict: random.integer(0, 1) === 0 ? "DROPPED" : "FORWARDED" }));
      figures.added(row ?? -1);
      if (appended % 997 === 0 || appended < 5) check();
      if (appended === 7_000 || appended === 15_001) {
        store.clear();
        check();
      }
    }
    store.setBounds({ maxFlows: Math.ceil(maxFlows / 3), maxBytes: 1 << 24 });
    check();
  });
}
