import assert from "node:assert/strict";
import test from "node:test";
import { runSteps } from "../../src/base/steps.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { FlowView } from "../../src/engine/flowView.ts";
import { RowList } from "../../src/engine/rowList.ts";
import { timeOrderSteps } from "../../src/engine/timeOrder.ts";
import { allFlows, type FlowRange } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { compileScan } from "../../src/flows/match/compileScan.ts";
import { makeFlow, testTime } from "../support/makeFlow.ts";

const template = makeFlow({});
const time = (tick: number) => testTime(tick);
const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, index) => from + index);
const gap = (tick: number) => ({ kind: "gap", time: time(tick), until: time(tick), cause: "test" }) as const;

function storeOf(ticks: readonly number[], maxFlows = 1e6): FlowStore {
  const store = new FlowStore({ maxFlows, maxBytes: 1 << 20 });
  for (const tick of ticks) store.append({ ...template, time: time(tick) });
  return store;
}

function listOf(rows: readonly number[]): RowList {
  const list = new RowList();
  for (const row of rows) list.push(row);
  return list;
}

function rowsOf(list: RowList): readonly number[] {
  return upTo(list.length).map((index) => list.at(index) ?? -1);
}

const random = new SeededRandom(20261122);
const orders: readonly (readonly [name: string, tick: (index: number) => number])[] = [
  ["backwards", (index) => 100_000 - index],
  ["nearly in order", (index) => index + random.integer(0, 40)],
  ["two histories one after the other", (index) => (index % 2_000) * 7],
  ["in any order", () => random.integer(0, 1e6)],
  ["many at the same time", () => random.integer(0, 3)],
];

for (const [name, tick] of orders) {
  test(`the order of time: ${name}`, () => {
    for (const count of [2, 15, 16, 17, 33, 1_000, 5_003]) {
      const ticks = upTo(count).map(tick);
      const store = storeOf(ticks);
      const sorted = upTo(count).sort((a, b) => (ticks[a] ?? 0) - (ticks[b] ?? 0) || a - b);
      const inOrder = ticks.every((each, index) => index === 0 || each >= (ticks[index - 1] ?? 0));
      const found = runSteps(timeOrderSteps(store, listOf(upTo(count))));
      assert.deepEqual(found && rowsOf(found.rows), inOrder ? undefined : sorted, `${count} rows`);
    }
  });
}

test("nothing, one, and what is in order already need no other order; nanoseconds count", () => {
  for (const count of [0, 1, 100]) {
    assert.equal(runSteps(timeOrderSteps(storeOf(upTo(count)), listOf(upTo(count)))), undefined);
  }
  const store = new FlowStore({ maxFlows: 10, maxBytes: 1 << 20 });
  for (const nanos of [5, 4, 6]) store.append({ ...template, time: { seconds: 1_900_000_000, nanos } });
  const found = runSteps(timeOrderSteps(store, listOf([0, 1, 2])));
  assert.deepEqual(found && rowsOf(found.rows), [1, 0, 2]);
});

test("rows that are dropped while they are sorted do no harm", () => {
  const ticks = upTo(20_000).map(() => random.integer(0, 1e6));
  const store = storeOf(ticks, 20_000);
  const steps = timeOrderSteps(store, listOf(upTo(20_000)));
  for (let step = 0; step < 3; step++) assert.equal(steps.next().done, false);
  // Their slots have other times now.
  for (let more = 0; more < 15_000; more++) store.append({ ...template, time: time(2e6) });
  const rows = rowsOf(runSteps(steps)?.rows ?? assert.fail("they are in no order"));
  assert.ok(rows.length < 20_000 && rows.length >= 5_000, `${rows.length} rows`);
  assert.deepEqual(
    rows,
    [...rows].sort((a, b) => (ticks[a] ?? 0) - (ticks[b] ?? 0) || a - b),
  );
});

test("a long view is sorted little by little, while rows come and go", () => {
  const count = 60_000;
  const ticks = upTo(count).map(() => random.integer(0, 1e6));
  const store = storeOf(ticks, count);
  const view = new FlowView(store, { view: 1, selection: allFlows, scan: compileScan(allFlows, store) });
  const readAll = () => {
    for (; view.next < store.end; view.next = Math.min(store.end, view.next + view.stretchRows)) {
      view.readMany(view.next, Math.min(store.end, view.next + view.stretchRows));
    }
  };
  view.sortByTime();
  readAll();
  assert.equal(view.work(0), true, "one step is not enough");
  assert.deepEqual([view.isSettled, view.figures()], [false, { view: 1, first: 0, end: count }]);
  let steps = 1;
  for (let more = 0; view.work(0); more++, steps++) {
    store.append({ ...template, time: time(2e6 + more) });
    readAll();
    view.figures();
  }
  assert.ok(steps > 30 && view.isSettled, `${steps} steps`);
  const { first, end } = view.figures();
  const rows = upTo(end, first).map((number) => view.rowAt(number) ?? -1);
  assert.deepEqual(
    rows.filter((row) => row >= store.first),
    [
      ...upTo(count, store.first).sort((a, b) => (ticks[a] ?? 0) - (ticks[b] ?? 0) || a - b),
      ...upTo(store.end, count),
    ],
  );
  assert.deepEqual(rowsOf(view.storeRows()), rows);

  // Paused in the midst of it, it keeps its numbers, and goes on afterwards.
  store.append({ ...template, time: time(0) });
  readAll();
  view.sortByTime();
  assert.equal(view.work(0), true);
  const before = view.figures();
  view.setPaused(true);
  assert.deepEqual([view.work(Infinity), view.figures()], [false, before]);
  view.setPaused(false);
  assert.equal(view.work(Infinity), false);
  assert.equal(view.rowAt(view.figures().first), store.end - 1);
});

/** The numbers between which a view's last or first flows are, counted one by one. */
function windowOneByOne(
  view: FlowView,
  whole: { readonly first: number; readonly end: number },
  held: FlowStore,
) {
  const { last, first } = view.selection.range ?? {};
  const isFlow = (number: number) => {
    const row = view.rowAt(number) ?? -1;
    return row >= held.first && held.columns.kind[held.slotOf(row)] === 1;
  };
  const flows = upTo(whole.end, whole.first).filter(isFlow);
  return {
    first: last === undefined || flows.length < last ? whole.first : (flows.at(-last) ?? whole.first),
    end: first === undefined || flows.length < first ? whole.end : (flows[first - 1] ?? 0) + 1,
  };
}

test("the last and first flows are those that counting one by one finds, whatever happens", () => {
  const ranges: readonly FlowRange[] = [{ last: 1 }, { last: 20 }, { first: 1 }, { first: 20 }, { last: 60 }];
  const store = new FlowStore({ maxFlows: 80, maxBytes: 1 << 20 });
  const make = (range?: FlowRange) => {
    const selection = { ...allFlows, ...(range && { range }) };
    return new FlowView(store, { view: 1, selection, scan: compileScan(selection, store) });
  };
  const whole = make();
  const views = ranges.map(make);
  const seen = new Set<string>();
  for (let round = 0, tick = 0; round < 600; round++) {
    for (let count = random.integer(0, 12); count > 0; count--) {
      const at = (tick += 5) - (random.percent(20) ? 200 : 0);
      if (random.percent(25)) store.appendNotice(gap(at));
      else store.append({ ...template, time: time(at) });
    }
    const what = random.integer(0, 60);
    for (const view of [whole, ...views]) {
      view.next = Math.max(view.next, store.first);
      if (view.next < store.end) view.readMany(view.next, store.end);
      view.next = store.end;
      if (what === 0) view.restart();
      if (what === 1 || what === 2) view.sortByTime();
    }
    const { first, end } = whole.figures();
    for (const view of views) {
      const expected = windowOneByOne(view, { first, end }, store);
      const figures = view.figures();
      assert.deepEqual(
        { first: figures.first, end: figures.end },
        expected,
        `round ${round}, ${JSON.stringify(view.selection.range)}`,
      );
      seen.add(JSON.stringify([end - first, figures.end - figures.first]));
    }
  }
  assert.ok(seen.size > 100, `${seen.size} kinds of windows`);
});

test("rows as large as numbers can be", () => {
  const large = Number.MAX_SAFE_INTEGER - 5_000_000_000;
  const list = listOf([large + 7, large + 9]);
  list.push(large + 2 ** 32 - 1);
  list.push(large);
  assert.deepEqual(rowsOf(list), [large + 7, large + 9, large + 2 ** 32 - 1, large]);
});
