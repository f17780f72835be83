import type { Flow } from "../flows/flow.ts";
import type { CompileCel } from "../flows/match/matchSeams.ts";
import type { FlowFilter } from "../hubble/gen/flow/flow_pb.js";
import { FilterError } from "./filterError.ts";
import { expressionsTest, filterFields } from "./filterFields.ts";
import { needsL7 } from "./requestFilters.ts";

/** Does a flow pass? */
export type FlowPredicate = (flow: Flow) => boolean;

/** What filters with expressions need; without it they are refused. */
export interface RelayFilterSeams {
  readonly compileCel?: CompileCel;
}

/**
 * Makes a predicate of a request's filters as a Hubble server does: a flow passes when any of the whitelist (if there is
 * one) admits it and none of the blacklist does. Throws a `FilterError` for a filter that the server refuses.
 */
export function relayFilter(
  whitelist: readonly FlowFilter[],
  blacklist: readonly FlowFilter[],
  seams: RelayFilterSeams = {},
): FlowPredicate {
  const admitting = whitelist.map((filter) => compile(filter, seams));
  const refusing = blacklist.map((filter) => compile(filter, seams));
  return (flow) =>
    (admitting.length === 0 || admitting.some((admits) => admits(flow))) &&
    !refusing.some((refuses) => refuses(flow));
}

/** Must anything be loaded to evaluate one of these filters? */
export function hasExpression(filters: readonly FlowFilter[]): boolean {
  return filters.some(({ experimental }) => (experimental?.celExpression.length ?? 0) > 0);
}

/** Of different fields all must hold. */
function compile(filter: FlowFilter, { compileCel }: RelayFilterSeams): FlowPredicate {
  needsL7(filter);
  const tests = filterFields.flatMap((field) => field(filter) ?? []);
  const expressions = filter.experimental?.celExpression ?? [];
  if (expressions.length > 0) {
    const compiled = expressions.map((expression) => {
      const test = compileCel?.(expression) ?? { error: "not supported" };
      if (typeof test !== "function") throw new FilterError(`error compiling CEL expression: ${test.error}`);
      return test;
    });
    tests.push(expressionsTest(compiled));
  }
  return (flow) => tests.every((test) => test(flow));
}
