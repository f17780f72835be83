import type { FlowFilter, FlowSelection } from "../flowFilter.ts";
import { compileFilter } from "./compileFilter.ts";
import type { FilterProblem } from "./filterProblem.ts";
import type { MatchSeams } from "./matchSeams.ts";

/**
 * What in a filter a relay would refuse: bad addresses, patterns, selectors, ports, …, and filters on requests beside
 * types of events that have none. Without the seam to compile them, expressions are not looked at.
 */
export function checkFilter(filter: FlowFilter, seams: MatchSeams = {}): readonly FilterProblem[] {
  const { celExpression, ...others } = filter;
  const looked = seams.compileCel ? { ...others, ...(celExpression && { celExpression }) } : others;
  return compileFilter(looked, seams).problems;
}

/** Asks {@link checkFilter} of every filter of a selection. */
export function checkSelection(
  { whitelist, blacklist }: Pick<FlowSelection, "whitelist" | "blacklist">,
  seams: MatchSeams = {},
): readonly FilterProblem[] {
  return [...whitelist, ...blacklist].flatMap((filter) => checkFilter(filter, seams));
}
