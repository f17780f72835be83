import type { Steps } from "../base/steps.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { RowList } from "./rowList.ts";

/** What was brought into the order of time. */
export interface TimeOrder {
  readonly rows: RowList;
  /** The lowest of them. */
  readonly lowest: number;
  /** Where in it the notices are, in order. */
  readonly notices: readonly number[];
}

/** So much is done between two places where the work can be interrupted. */
const rowsPerStep = 4096;
/** So many rows are sorted by moving one after the other. */
const shortRun = 16;

/**
 * Brings those of the rows that are held into the order of time, and of row where it is the same time; answers
 * `undefined` when they are in order already. Times are looked up in the first steps, once each: rows may be dropped
 * meanwhile. What is nearly in order costs little more than to look at it.
 */
export function* timeOrderSteps(store: FlowStore, list: RowList): Steps<TimeOrder | undefined> {
  const { length } = list;
  let rows: Keyed = { keys: new Float64Array(length), offsets: new Uint32Array(length) };
  const noticeOffsets = new Set<number>();
  const base = store.first;
  let lowest = Infinity;
  let [count, inOrder, firstSecond, before] = [0, true, NaN, -Infinity];
  for (let index = 0; index < length; index++) {
    if (index % rowsPerStep === 0) yield;
    const row = list.at(index) ?? -1;
    if (row < store.first) continue;
    const slot = store.slotOf(row);
    const { kind, seconds, nanos } = store.columns;
    const second = seconds[slot] ?? 0;
    if (count === 0) firstSecond = second;
    // Whole nanoseconds, unless what is held spans more than a hundred days.
    const key = (second - firstSecond) * 1e9 + (nanos[slot] ?? 0);
    if (key < before) inOrder = false;
    before = key;
    rows.keys[count] = key;
    rows.offsets[count] = row - base;
    lowest = Math.min(lowest, row);
    if (kind[slot] === 2) noticeOffsets.add(row - base);
    count += 1;
  }
  if (inOrder) return undefined;
  let spare: Keyed = { keys: new Float64Array(count), offsets: new Uint32Array(count) };
  for (let from = 0; from < count; from += shortRun) {
    if (from % rowsPerStep === 0) yield;
    sortRun(rows, from, Math.min(count, from + shortRun));
  }
  for (let width = shortRun; !areRunsInOrder(rows, count, width); width *= 2) {
    for (let from = 0; from < count; from += 2 * width) {
      const until = Math.min(count, from + 2 * width);
      yield* mergeSteps({ from: rows, into: spare }, { from, middle: Math.min(count, from + width), until });
    }
    [rows, spare] = [spare, rows];
  }
  const offsets = rows.offsets.slice(0, count);
  const notices: number[] = [];
  for (let index = 0; index < count && noticeOffsets.size > 0; index++) {
    if (index % rowsPerStep === 0) yield;
    if (noticeOffsets.has(offsets[index] ?? -1)) notices.push(index);
  }
  return { rows: new RowList(base, offsets), lowest, notices };
}

/** Rows by what they are sorted by: the time, then the row. */
interface Keyed {
  readonly keys: Float64Array<ArrayBuffer>;
  readonly offsets: Uint32Array<ArrayBuffer>;
}

function sortRun({ keys, offsets }: Keyed, from: number, until: number): void {
  for (let index = from + 1; index < until; index++) {
    const key = keys[index] ?? 0;
    const offset = offsets[index] ?? 0;
    let at = index;
    while (at > from && isAfter(keys[at - 1] ?? 0, offsets[at - 1] ?? 0, { key, offset })) {
      keys[at] = keys[at - 1] ?? 0;
      offsets[at] = offsets[at - 1] ?? 0;
      at -= 1;
    }
    keys[at] = key;
    offsets[at] = offset;
  }
}

function isAfter(
  key: number,
  offset: number,
  other: { readonly key: number; readonly offset: number },
): boolean {
  return key > other.key || (key === other.key && offset > other.offset);
}

/** Are runs of this length, each of which is in order, in order one after the other? */
function areRunsInOrder({ keys, offsets }: Keyed, count: number, width: number): boolean {
  for (let at = width; at < count; at += width) {
    const next = { key: keys[at] ?? 0, offset: offsets[at] ?? 0 };
    if (isAfter(keys[at - 1] ?? 0, offsets[at - 1] ?? 0, next)) return false;
  }
  return true;
}

/** Makes one run of two. */
function* mergeSteps(
  { from, into }: { readonly from: Keyed; readonly into: Keyed },
  run: { readonly from: number; readonly middle: number; readonly until: number },
): Steps {
  const { keys, offsets } = from;
  let [left, right] = [run.from, run.middle];
  for (let at = run.from; at < run.until; at++) {
    if (at % rowsPerStep === 0) yield;
    const takesLeft =
      right >= run.until ||
      (left < run.middle &&
        ((keys[left] ?? 0) < (keys[right] ?? 0) ||
          (keys[left] === keys[right] && (offsets[left] ?? 0) < (offsets[right] ?? 0))));
    const taken = takesLeft ? left++ : right++;
    into.keys[at] = keys[taken] ?? 0;
    into.offsets[at] = offsets[taken] ?? 0;
  }
}
