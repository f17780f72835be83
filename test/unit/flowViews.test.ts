import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { FlowViews } from "../../src/engine/flowViews.ts";
import { PolicyDocuments } from "../../src/engine/policyDocuments.ts";
import { RowPump } from "../../src/engine/rowPump.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import type { FlowRow } from "../../src/protocol/engine.ts";
import { makeFlow, testEpochMs, testTime } from "../support/makeFlow.ts";

/** Views over a store of `maxFlows`; flows are told by the second of the test's world in which they happened. */
function setUp(t: TestContext, maxFlows: number) {
  const store: FlowStore = new FlowStore({
    maxFlows,
    maxBytes: 1 << 24,
    onDrop: (row) => {
      pump.beforeDrop(row);
    },
  });
  const pump: RowPump = new RowPump(store, () => {
    views.progressed();
    onSlice();
  });
  let onSlice: () => void = () => undefined;
  const documents = new PolicyDocuments({
    store,
    pump,
    typingMs: 1,
    onChange: () => undefined,
  });
  const views: FlowViews = new FlowViews({ store, pump, documents, firstView: 1 });
  t.after(() => {
    views.dispose();
    documents.dispose();
    pump.dispose();
  });
  const append = async (...seconds: number[]) => {
    for (const second of seconds) {
      const flow = makeFlow({ time: testTime(second * 1000) });
      store.append(flow, writeFlow(flow));
    }
    await new Promise<void>((resolve) => {
      onSlice = () => {
        resolve();
      };
      pump.wake();
    });
  };
  const figures = (view: number) =>
    views.figures().find((each) => each.view === view) ?? assert.fail("the view is not open");
  /** What the table shows from a number on: the second of each flow, `-` for what is no longer held. */
  const shown = (view: number, from = 0, count = 1000) => {
    const window = views.rows(view, from, count);
    return `${window.from}: ${window.rows.map((row) => secondOf(row)).join(" ")}`;
  };
  return { store, views, append, figures, shown };
}

function secondOf(row: FlowRow): string {
  return row.type === "notice" ? "-" : String((row.timeMs - testEpochMs) / 1000);
}

test("a full store with a sorted view: numbers stay, and each answers the row that it had", async (t) => {
  const { store, views, append, figures, shown } = setUp(t, 100);
  const view = views.open(allFlows);
  // Two histories one after the other, as of two streams: each in order, together not.
  const even = Array.from({ length: 50 }, (_, index) => index * 2);
  await append(...even, ...even.map((second) => second + 1));
  views.sortByTime();
  const { first, end } = figures(view);
  const all = Array.from({ length: 100 }, (_, index) => index);
  assert.deepEqual([end - first, shown(view)], [100, `${first}: ${all.join(" ")}`]);
  for (let more = 1; more <= 300; more++) {
    await append(99 + more);
    const now = figures(view);
    assert.equal(now.end, end + more, "one more row, one more number");
    assert.equal(shown(view, now.end - 1), `${now.end - 1}: ${99 + more}`);
    // Every number answers: what is held by its own second, what is not by words.
    const window = views.rows(view, now.first, 1000);
    assert.equal(window.rows.length, now.end - now.first);
    window.rows.forEach((row, index) => {
      const second = now.first + index - first;
      assert.equal(secondOf(row), row.row < store.first ? "-" : String(second));
    });
    const held = window.rows.filter(({ row }) => row >= store.first);
    assert.equal(held.length, 100);
    assert.equal(window.rows[0], held[0]);
    const times = window.rows.map(({ timeMs }) => timeMs);
    assert.deepEqual(
      times,
      times.toSorted((a, b) => a - b),
    );
  }
  assert.equal(shown(view, figures(view).end - 3), `${figures(view).end - 3}: 397 398 399`);
});

test("a window that begins amid rows that are no longer held", async (t) => {
  const { views, append, figures, shown } = setUp(t, 6);
  const view = views.open(allFlows);
  await append(2, 3, 4, 0, 1, 5);
  views.sortByTime();
  const { first } = figures(view);
  await append(6, 7);
  assert.equal(shown(view), `${first}: 0 1 - - 4 5 6 7`);
  const [row] = views.rows(view, first + 3, 1).rows;
  assert.deepEqual(row, {
    type: "notice",
    row: 1,
    timeMs: testEpochMs + 1000,
    text: "no longer held: it made room for newer flows",
  });
});

test("a view opened later, and one begun anew, is in the order of time", async (t) => {
  const { views, append, shown } = setUp(t, 100);
  await append(5, 6, 1, 2);
  const view = views.open(allFlows);
  await append(7);
  assert.match(shown(view), /: 1 2 5 6 7$/);
  views.restart();
  await append(8);
  assert.match(shown(view), /: 1 2 5 6 7 8$/);
});

test("a view that is paused keeps its numbers until it goes on", async (t) => {
  const { views, append, figures, shown } = setUp(t, 100);
  const view = views.open(allFlows);
  await append(5, 6);
  views.setPaused(view, true);
  await append(1, 2);
  views.sortByTime();
  await append(7);
  assert.deepEqual([figures(view).first, shown(view)], [0, "0: 5 6 1 2 7"]);
  views.setPaused(view, false);
  assert.equal(shown(view), "5: 1 2 5 6 7");
  views.setPaused(99, true);
});

const gap = { kind: "gap", time: testTime(0), until: testTime(1), cause: "test" } as const;

test("the last flows are the newest by time, and newer ones take their place; numbers stay", async (t) => {
  const { store, views, append, figures, shown } = setUp(t, 100);
  await append(9, 3, 8);
  const view = views.open({ ...allFlows, range: { last: 2 } });
  await append(1);
  assert.equal(shown(view), "6: 8 9");
  await append(10, 11);
  assert.equal(shown(view), "8: 10 11");
  store.appendNotice(gap);
  await append(12);
  assert.equal(shown(view), "9: 11 - 12");
  assert.deepEqual(figures(view), { view, first: 9, end: 12 });

  views.setPaused(view, true);
  await append(13, 14, 15);
  assert.equal(shown(view), "9: 11 - 12 13 14 15");
  views.setPaused(view, false);
  assert.equal(shown(view), "13: 14 15");

  // One that is opened while it is paused stands still once all that is held has been read.
  const paused = views.open({ ...allFlows, range: { last: 1 } });
  views.setPaused(paused, true);
  await append(16);
  assert.match(shown(paused), /: 16$/);
  await append(17);
  assert.match(shown(paused), /: 16 17$/);
});

test("the first flows are the oldest that are held; of few flows all show, and notices alone do", async (t) => {
  const { store, views, append, figures, shown } = setUp(t, 4);
  store.appendNotice(gap);
  const last = views.open({ ...allFlows, range: { last: 1 } });
  const first = views.open({ ...allFlows, range: { first: 2 } });
  await append();
  assert.deepEqual(figures(first), { view: first, first: 0, end: 1, onlyNotices: true });
  assert.deepEqual(figures(last), { view: last, first: 0, end: 1, onlyNotices: true });
  await append(1);
  assert.equal(shown(first), "0: - 1");
  await append(2, 3);
  assert.equal(shown(first), "0: - 1 2");
  // The store is full: the notice goes, then the oldest flows.
  await append(4);
  assert.equal(shown(first), "1: 1 2");
  await append(5, 6);
  assert.equal(shown(first), "3: 3 4");
  assert.equal(shown(last), "6: 6");
});
