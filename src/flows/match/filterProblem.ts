import type { FlowFilterField } from "../flowFilter.ts";

/** A value of a filter with which no relay takes the filter; `message` says why, in words for people. */
export interface FilterProblem {
  readonly field: FlowFilterField;
  /** As it stands in the filter. */
  readonly value: string;
  readonly message: string;
  /** Where in `value` the fault lies, where that is known: a character offset. */
  readonly offset?: number;
}

/** Why a value cannot be used; `offset` as in {@link FilterProblem}. */
export interface Refusal {
  readonly error: string;
  readonly offset?: number;
}
