import type { FlowRange, FlowSelection } from "../flows/flowFilter.ts";
import type { FlowsRequest } from "../hubble/filterToRelay.ts";

/** How many flows of each node are asked for when nothing is said about how many, as the `hubble` CLI has it. */
const defaultLast = 20;

/** Everything within the times, for whoever chooses among it. */
export function wholeRange({ since, until }: ResolvedRange): ResolvedRange {
  const times = { ...(since && { since }), ...(until && { until }) };
  return { ...times, first: false, follow: false, ...(!since && !until && { number: everything }) };
}

/** Stands for all that there are: more than any relay can hold. */
const everything = Number.MAX_SAFE_INTEGER;

/** What a stretch of flows comes to, by the rules of the `hubble` CLI; without a number it is all within the times. */
export interface ResolvedRange extends Pick<FlowRange, "since" | "until"> {
  readonly number?: number;
  readonly first: boolean;
  readonly follow: boolean;
}

/**
 * Resolves what was said about the stretch. With a time, `--all` says nothing more; without anything it is the newest 20
 * of a relay, and the whole of a capture. `--until` counts for nothing when flows to come are wanted, too.
 */
export function resolveRange(range: FlowRange, source: "relay" | "capture"): ResolvedRange {
  const { since, first, last, all = false, follow = false } = range;
  const until = follow ? undefined : range.until;
  const times = { ...(since && { since }), ...(until && { until }), follow };
  if (first !== undefined) return { ...times, first: true, number: Math.min(first, everything) };
  if (last !== undefined) return { ...times, first: false, number: Math.min(last, everything) };
  if (since || until) return { ...times, first: false };
  if (source === "capture") return { ...times, first: false };
  const number = all ? everything : follow ? undefined : defaultLast;
  return { ...times, first: false, ...(number !== undefined && { number }) };
}

/** What a relay is asked for a selection; what no relay can be asked is not in it. */
export function flowsRequest(
  selection: FlowSelection,
  range: ResolvedRange,
  fieldMask?: readonly string[],
): FlowsRequest {
  const { first, follow, ...rest } = range;
  return {
    ...rest,
    ...(first && { first }),
    ...(follow && { follow }),
    whitelist: selection.whitelist,
    blacklist: selection.blacklist,
    ...(fieldMask && { fieldMask }),
  };
}
