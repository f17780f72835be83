import type { Flow } from "../flows/flow.ts";
import type { FlowFilter } from "../hubble/gen/flow/flow_pb.js";
import { filterFields } from "./filterFields.ts";

/** Does a flow pass? */
export type FlowPredicate = (flow: Flow) => boolean;

/**
 * Makes a predicate of a request's filters as a Hubble server does: a flow passes when any of the whitelist (if there is
 * one) admits it and none of the blacklist does. Throws a `FilterError` for a filter that makes no sense here.
 */
export function relayFilter(
  whitelist: readonly FlowFilter[],
  blacklist: readonly FlowFilter[],
): FlowPredicate {
  const admitting = whitelist.map(compile);
  const refusing = blacklist.map(compile);
  return (flow) =>
    (admitting.length === 0 || admitting.some((admits) => admits(flow))) &&
    !refusing.some((refuses) => refuses(flow));
}

/** Of different fields all must hold. */
function compile(filter: FlowFilter): FlowPredicate {
  const tests = filterFields.flatMap((field) => field(filter) ?? []);
  return (flow) => tests.every((test) => test(flow));
}
