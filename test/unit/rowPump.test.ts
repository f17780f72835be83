import assert from "node:assert/strict";
import test from "node:test";
import { FlowView } from "../../src/engine/flowView.ts";
import { RowPump, type RowReader } from "../../src/engine/rowPump.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import type { RowScan } from "../../src/flows/match/compileScan.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { makeFlow, testTime } from "../support/makeFlow.ts";
import { until } from "../support/until.ts";

/** A store with a pump over it, and readers that note what they read. */
function setUp(maxFlows = 100_000) {
  const store: FlowStore = new FlowStore({
    maxFlows,
    maxBytes: 1 << 20,
    onDrop: (row) => {
      pump.beforeDrop(row);
    },
  });
  const slices: number[] = [];
  const pump = new RowPump(store, () => slices.push(performance.now()));
  const append = (count: number) => {
    for (let index = 0; index < count; index++) store.append(makeFlow({ time: testTime(store.end) }));
    pump.wake();
  };
  const reader = (options: Partial<RowReader> = {}) => {
    const rows: number[] = [];
    const made: RowReader = { next: 0, readBeforeDrop: false, read: (row) => rows.push(row), ...options };
    return { reader: made, rows };
  };
  return { store, pump, append, reader, slices };
}

const upTo = (end: number, from = 0) => Array.from({ length: end - from }, (_, index) => from + index);

test("every reader reads every row once, in order, old and new", async () => {
  const { pump, append, reader, store } = setUp();
  append(1000);
  const [one, two] = [reader(), reader({ next: 400 })];
  pump.add(one.reader);
  const second = pump.add(two.reader);
  await until("the old rows", () => one.rows.length === 1000 && two.rows.length === 600);
  append(10);
  await until("the new rows", () => one.rows.length === 1010 && two.rows.length === 610);
  second.dispose();
  append(10);
  await until("the last rows", () => one.rows.length === store.end);
  assert.deepEqual([one.rows, two.rows], [upTo(1020), upTo(1010, 400)]);
  pump.dispose();
});

test("a slow reader does not hold up the thread, and others get their turn", async () => {
  const { pump, append, reader, slices } = setUp();
  append(3000);
  const slow = reader({
    read: (row) => {
      slowRows.push(row);
      const endsAt = performance.now() + 0.05;
      while (performance.now() < endsAt);
    },
  });
  const slowRows: number[] = [];
  const quick = reader();
  pump.add(slow.reader);
  pump.add(quick.reader);
  let turns = 0;
  const turn = setInterval(() => (turns += 1), 1);
  await until("the slow reader", () => slowRows.length === 3000);
  clearInterval(turn);
  assert.equal(quick.rows.length, 3000);
  assert.ok(slices.length >= 8, `${slices.length} slices`);
  assert.ok(turns >= 5, `${turns} turns`);
  pump.dispose();
});

test("rows that go before they were read: counted by who counts, passed over by others", () => {
  const { pump, append, reader } = setUp(100);
  const [counts, shows] = [reader({ readBeforeDrop: true }), reader()];
  pump.add(counts.reader);
  pump.add(shows.reader);
  append(250);
  assert.deepEqual([counts.rows, counts.reader.next], [upTo(150), 150]);
  assert.deepEqual([shows.rows, shows.reader.next], [[], 150]);
  pump.dispose();
});

test("who begins to count later counts what goes, too", async () => {
  const { pump, append, reader } = setUp(100);
  const first = reader({ readBeforeDrop: true });
  pump.add(first.reader);
  append(100);
  await until("who counts first", () => first.rows.length === 100);
  append(1);
  const second = reader({ readBeforeDrop: true, next: 1 });
  pump.add(second.reader);
  append(5);
  assert.deepEqual([first.rows.length, second.rows], [100, upTo(6, 1)]);
  pump.dispose();
});

test("a reader whose limit is how far another has come gets there in the same go", async () => {
  const { pump, append, reader } = setUp();
  const counts = reader();
  const shows = reader({ limit: () => counts.reader.next });
  pump.add(shows.reader);
  pump.add(counts.reader);
  append(20);
  await until("who counts", () => counts.rows.length === 20);
  assert.deepEqual(shows.rows, upTo(20));
  pump.dispose();
});

test("a reader with a limit waits for it", async () => {
  const { pump, append, reader } = setUp();
  let limit = 5;
  const limited = reader({ limit: () => limit });
  pump.add(limited.reader);
  append(20);
  await until("the limit", () => limited.rows.length === 5);
  limit = 8;
  pump.wake();
  await until("the new limit", () => limited.rows.length === 8);
  assert.deepEqual(limited.rows, upTo(8));
  pump.dispose();
});

test("who reads many rows at once gets as many as it bears, and is asked for the rest of its work when it has read", async () => {
  const { pump, append } = setUp();
  append(10_000);
  const stretches: (readonly [from: number, end: number])[] = [];
  let [work, asked] = [3, 0];
  const many: RowReader = {
    next: 5,
    readBeforeDrop: false,
    stretchRows: 700,
    read: () => assert.fail("one by one"),
    readMany: (from, end) => stretches.push([from, end]),
    work: () => {
      asked += 1;
      return --work > 0;
    },
  };
  pump.add(many);
  await until("all that it had to do", () => work === 0);
  assert.deepEqual(stretches[0]?.[0], 5);
  stretches.forEach(([from, end], index) => {
    assert.equal(end, stretches[index + 1]?.[0] ?? 10_000);
    assert.ok(end - from <= 700);
  });
  assert.ok(stretches.length < 60, `${stretches.length} stretches: they grow`);
  assert.equal(asked, 3);
  pump.dispose();
});

test("a reader that goes in the midst of it reads no more, and one after it gets its turn", async () => {
  const { pump, append, reader } = setUp();
  append(5_000);
  let read = 0;
  const slow: RowReader = {
    next: 0,
    readBeforeDrop: false,
    read: () => {
      read += 1;
      const endsAt = performance.now() + 0.2;
      while (performance.now() < endsAt);
    },
  };
  const reading = pump.add(slow);
  const quick = reader();
  pump.add(quick.reader);
  await until("the quick reader", () => quick.rows.length === 5_000);
  reading.dispose();
  const before = read;
  assert.ok(before > 0 && before < 5_000, `${before} rows`);
  append(10);
  await until("the new rows", () => quick.rows.length === 5_010);
  assert.equal(read, before);
  pump.dispose();
});

/** A view of the even rows, and what it holds as `first–end: rows`. */
function evenView(store: FlowStore) {
  const scan: RowScan = {
    asksWholeFlows: false,
    scan: (from, end, into) => {
      let count = 0;
      for (let row = from; row < end; row++) if (row % 2 === 0) into[count++] = row - from;
      return count;
    },
  };
  const view = new FlowView(store, { view: 1, selection: allFlows, scan });
  const show = () => {
    const { first, end } = view.figures();
    return `${first}–${end}: ${upTo(end, first)
      .map((number) => view.rowAt(number) ?? "?")
      .join(" ")}`;
  };
  const readAll = () => {
    while (view.next < store.end) {
      view.read(view.next);
      view.next += 1;
    }
    view.caughtUp();
  };
  return { view, show, readAll };
}

test("a view numbers what it admits, and lets go of what is dropped", () => {
  const { store, append } = setUp(6);
  const { view, show, readAll } = evenView(store);
  assert.equal(show(), "0–0: ");
  append(6);
  readAll();
  assert.equal(show(), "0–3: 0 2 4");
  append(3);
  readAll();
  assert.equal(show(), "2–5: 4 6 8");
  view.restart();
  assert.equal(show(), "5–5: ");
  readAll();
  assert.equal(show(), "5–8: 4 6 8");
  store.clear();
  assert.equal(show(), "8–8: ");
});

test("a view over many dropped rows stays small and right", () => {
  const { store, append } = setUp(100);
  const { show, readAll } = evenView(store);
  for (let round = 0; round < 200; round++) {
    append(50);
    readAll();
  }
  const rows = upTo(10_000, 9_900).filter((row) => row % 2 === 0);
  assert.equal(show(), `4950–5000: ${rows.join(" ")}`);
});

test("sorting waits until everything is read, moves rows under new numbers, and keeps what is in order", () => {
  const { store } = setUp(6);
  const { view, show, readAll } = evenView(store);
  for (const second of [5, 0, 1, 0, 3, 0]) store.append(makeFlow({ time: testTime(second * 1000) }));
  view.read(0);
  view.next = 1;
  view.sortByTime();
  assert.equal(show(), "0–1: 0");
  readAll();
  assert.equal(show(), "3–6: 2 4 0");
  view.sortByTime();
  assert.equal(show(), "3–6: 2 4 0");
  // Row 0 is dropped first, though it is the newest of the view by time: the others keep their numbers.
  store.append(makeFlow({ time: testTime(6000) }));
  readAll();
  assert.equal(show(), "3–7: 2 4 0 6");
  assert.equal(store.first, 1);
  store.append(makeFlow({ time: testTime(6000) }));
  store.append(makeFlow({ time: testTime(6000) }));
  readAll();
  assert.equal(show(), "4–8: 4 0 6 8");
  // Sorted again it holds what is held, and only that.
  store.append(makeFlow({ time: testTime(0) }));
  store.append(makeFlow({ time: testTime(0) }));
  readAll();
  view.sortByTime();
  assert.equal(show(), "9–12: 10 6 8");
});
