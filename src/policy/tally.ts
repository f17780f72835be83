import type { FlowStore } from "../flows/flowStore.ts";
import type { Policy } from "./policy.ts";
import type { PolicySet } from "./policySet.ts";
import type { PolicyPlace, TallyBasis, TallyEntry } from "./tallyEntry.ts";

/** Counts what flows did to policies: feed it every row of a store once, in any order of events. */
export class Tally {
  constructor(set: PolicySet, subjectPolicies: readonly Policy[], store: FlowStore) {
    void [set, subjectPolicies, store];
  }

  /** Counts one row; rows that decide nothing are passed over. */
  add(row: number): void {
    void row;
  }

  /** The numbers of the subject policies, in document order. */
  entries(): readonly TallyEntry[] {
    return [];
  }

  /** Which events the numbers stand on. */
  basis(): TallyBasis {
    return { source: "none", sinceMs: null, untilMs: null };
  }

  /** Does the row stand behind a number at this place? */
  decidedBy(row: number, place: Pick<PolicyPlace, "policy" | "kind" | "path">): boolean {
    void [row, place];
    return false;
  }
}
