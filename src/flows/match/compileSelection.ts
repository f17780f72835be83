import type { FlowSelection } from "../flowFilter.ts";
import type { FlowStore } from "../flowStore.ts";
import type { RowSeams } from "./matchSeams.ts";
import { selectionTest } from "./selectionTest.ts";

/** Says of a held row whether something holds. */
export type RowPredicate = (row: number) => boolean;

/**
 * Compiles a selection (of its range only the times) to a predicate over a store's rows, with the meaning that Hubble's
 * server gives its filters. Columns are read at little cost per row, endpoints and texts are judged once each; what no
 * column holds is asked of the whole flow, decoded at most once per row and only when all else holds. Notices match,
 * unless a local question speaks of them. A value that no relay takes (see `checkSelection`) never holds.
 */
export function compileSelection(
  selection: FlowSelection,
  store: FlowStore,
  seams: RowSeams = {},
): RowPredicate {
  const { subject, flows, admitsNotice } = selectionTest(selection, store, seams);
  if (!flows) return () => true;
  return (row) => {
    subject.at(row);
    return store.columns.kind[subject.slot] === 2 ? admitsNotice(row) : flows.holds(subject.slot);
  };
}
