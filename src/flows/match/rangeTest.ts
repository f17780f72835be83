import type { Timestamp } from "../flow.ts";
import type { FlowRange } from "../flowFilter.ts";

/**
 * Does a time lie in a range, its ends included? Who follows sees what comes, whatever the end: as `hubble observe` has
 * it. Numbers of flows are none of its business.
 */
export function rangeTest(range: FlowRange | undefined): (time: Timestamp) => boolean {
  const since = range?.since;
  const until = range?.follow ? undefined : range?.until;
  if (!since && !until) return () => true;
  return (time) => !(since && isBefore(time, since)) && !(until && isBefore(until, time));
}

function isBefore(one: Timestamp, other: Timestamp): boolean {
  return one.seconds < other.seconds || (one.seconds === other.seconds && one.nanos < other.nanos);
}
