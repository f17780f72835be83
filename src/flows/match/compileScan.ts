import type { FlowSelection } from "../flowFilter.ts";
import type { FlowStore } from "../flowStore.ts";
import { blockRows, everyRow, type Offsets, wholeFlowCost } from "./columnTest.ts";
import type { RowSeams } from "./matchSeams.ts";
import { type SelectionTest, selectionTest } from "./selectionTest.ts";

/** Finds the rows of a store that a selection admits, many at a time. */
export interface RowScan {
  /** It asks whole flows, some 20 µs a row: who must not hold up others for long lets it look at few rows at a time. */
  readonly asksWholeFlows: boolean;
  /**
   * Looks at the rows from `from` to `end - 1`, all of which must be held. Writes those that are admitted to `into`, in
   * order, each as how many rows it comes after `from`, and answers how many those are.
   */
  scan(from: number, end: number, into: Uint32Array): number;
}

/** Compiles a selection, with the meaning that `compileSelection` gives it, to a search over stretches of columns. */
export function compileScan(selection: FlowSelection, store: FlowStore, seams: RowSeams = {}): RowScan {
  const test = selectionTest(selection, store, seams);
  const found: Offsets = new Uint16Array(blockRows);
  return {
    asksWholeFlows: (test.flows?.cost ?? 0) >= wholeFlowCost,
    scan: (from, end, into) => {
      let count = 0;
      for (let row = from; row < end; ) {
        const { subject } = test;
        subject.at(row);
        // Up to where the slots begin again at 0.
        const rows = Math.min(end - row, blockRows, store.columns.kind.length - subject.slot);
        let kept = test.flows ? test.flows.narrow(everyRow, rows, found) : rows;
        if (!test.flows) found.set(everyRow.subarray(0, rows));
        else if (hasNotices(store, subject.slot, rows))
          kept = withNotices(store, test, { found, kept, rows });
        const before = row - from;
        for (let index = 0; index < kept; index++) into[count + index] = before + (found[index] ?? 0);
        count += kept;
        row += rows;
      }
      return count;
    },
  };
}

function hasNotices(store: FlowStore, slot: number, rows: number): boolean {
  return store.columns.kind.subarray(slot, slot + rows).includes(2);
}

/** Of a block's notices those that are admitted, among its flows that are. */
function withNotices(
  store: FlowStore,
  { subject, admitsNotice }: SelectionTest,
  { found, kept, rows }: { readonly found: Offsets; readonly kept: number; readonly rows: number },
): number {
  const flows = found.slice(0, kept);
  const { row, slot } = subject;
  let count = 0;
  let at = 0;
  for (let offset = 0; offset < rows; offset++) {
    const isFound = at < kept && flows[at] === offset;
    if (isFound) at += 1;
    const isNotice = store.columns.kind[slot + offset] === 2;
    if (isNotice ? admitsNotice(row + offset) : isFound) found[count++] = offset;
  }
  return count;
}
