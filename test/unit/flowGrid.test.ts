import assert from "node:assert/strict";
import test from "node:test";
import type { FlowRow } from "../../src/protocol/engine.ts";
import { gridKeyMove } from "../../webview/flows/gridKeys.ts";
import { RowCache } from "../../webview/flows/rowCache.ts";
import {
  type Geometry,
  maxHeightPx,
  rowAtTop,
  scrollHeight,
  scrollTopOf,
  scrollTopToShow,
} from "../../webview/flows/virtualScroll.ts";

function table(rowCount: number, viewHeight = 220): Geometry {
  return { rowCount, rowHeight: 22, viewHeight };
}

test("a table that fits a browser scrolls pixel by pixel", () => {
  const geometry = table(100_000);
  assert.equal(scrollHeight(geometry), 2_200_000);
  assert.equal(rowAtTop(33, geometry), 1.5);
  assert.equal(scrollTopOf(1.5, geometry), 33);
  assert.equal(rowAtTop(2_199_780, geometry), 99_990);
});

test("a higher table reaches its first and its last row all the same", () => {
  const geometry = table(3_000_000);
  assert.equal(scrollHeight(geometry), maxHeightPx);
  assert.equal(rowAtTop(0, geometry), 0);
  assert.equal(rowAtTop(maxHeightPx - 220, geometry), 2_999_990);
  for (const row of [0, 1, 1_234_567, 2_999_990]) {
    assert.ok(Math.abs(rowAtTop(scrollTopOf(row, geometry), geometry) - row) < 1e-6);
  }
});

test("a table that is not full does not scroll", () => {
  const geometry = table(3);
  assert.equal(rowAtTop(500, geometry), 0);
  assert.equal(scrollTopOf(2, geometry), 0);
  assert.equal(scrollHeight(table(0)), 0);
});

test("a row is brought into sight by the shortest way", () => {
  const geometry = table(100);
  assert.equal(scrollTopToShow(5, 0, geometry), 0);
  assert.equal(scrollTopToShow(9, 0, geometry), 0);
  assert.equal(scrollTopToShow(10, 0, geometry), 22);
  assert.equal(scrollTopToShow(3, 220, geometry), 66);
  assert.equal(scrollTopToShow(99, 0, geometry), 1_980);
});

test("rows that are missing are asked for in one stretch", () => {
  const cache = new RowCache();
  const rows = (count: number): FlowRow[] =>
    Array.from({ length: count }, (_, row) => ({ type: "notice", row, timeMs: 0, text: "" }));
  assert.deepEqual(cache.missing(10, 20), { from: 10, end: 20 });
  cache.put(12, rows(3));
  assert.deepEqual(cache.missing(10, 20), { from: 10, end: 20 });
  cache.put(10, rows(2));
  assert.deepEqual(cache.missing(10, 20), { from: 15, end: 20 });
  cache.put(18, rows(2));
  assert.deepEqual(cache.missing(10, 20), { from: 15, end: 18 });
  cache.put(15, rows(3));
  assert.equal(cache.missing(10, 20), undefined);
  assert.equal(cache.missing(20, 20), undefined);
});

test("rows far from what is seen are forgotten", () => {
  const cache = new RowCache();
  for (let from = 0; from < 10_000; from += 500) {
    cache.put(
      from,
      Array.from({ length: 500 }, (_, row) => ({ type: "notice", row, timeMs: 0, text: "" })),
    );
    cache.trim(from);
  }
  assert.ok(cache.size <= 4_000);
  assert.equal(cache.missing(9_500, 10_000), undefined);
  assert.equal(cache.get(0), undefined);
});

test("keys move along the rows and never out of the table", () => {
  const cases: readonly [key: string, current: number | undefined, expected: number | undefined][] = [
    ["ArrowDown", undefined, 0],
    ["ArrowDown", 4, 5],
    ["ArrowDown", 99, 99],
    ["ArrowUp", 0, 0],
    ["PageDown", undefined, 9],
    ["PageDown", 95, 99],
    ["PageUp", 5, 0],
    ["Home", 50, 0],
    ["End", 0, 99],
    ["a", 5, undefined],
  ];
  for (const [key, current, expected] of cases) {
    assert.equal(gridKeyMove(key, current, { count: 100, page: 9 }), expected, key);
  }
});
