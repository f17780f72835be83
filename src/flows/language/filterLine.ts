import type { Problem } from "../../base/problem.ts";
import type { FlowSelection } from "../flowFilter.ts";
import type { FilterTerm } from "./filterTerm.ts";

/** What a filter line says. With an error among the problems the selection is made of what is right, and should not be applied. */
export interface FilterLine {
  readonly terms: readonly FilterTerm[];
  readonly problems: readonly Problem[];
  readonly selection: FlowSelection;
}
