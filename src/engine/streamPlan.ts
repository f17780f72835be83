import { eventTypes } from "../flows/flow.ts";
import type { FlowFilter, FlowSelection } from "../flows/flowFilter.ts";

/** One stream that is wanted of the relay. Two with the same `key` ask for the same flows. */
export interface StreamRequest {
  readonly key: string;
  readonly whitelist: readonly FlowFilter[];
  readonly blacklist: readonly FlowFilter[];
}

/** The events that decide something: what lenses and trees count, whatever a person filters for. */
const decisive: FlowFilter = {
  eventType: [{ type: eventTypes.drop }, { type: eventTypes.policyVerdict }, { type: eventTypes.l7 }],
};

/**
 * The streams that serve everything that is looked at, at most two: the *watch* of decisive events and the *view* with
 * what the open views select. A view of everything contains the watch.
 */
export function planStreams(watch: boolean, selections: readonly FlowSelection[]): readonly StreamRequest[] {
  const view = unite(selections);
  if (view && view.whitelist.length === 0 && view.blacklist.length === 0) return [request(view)];
  const requests = [
    ...(watch ? [request({ whitelist: [decisive], blacklist: [] })] : []),
    ...(view ? [request(view)] : []),
  ];
  return requests.filter(({ key }, index) => requests.findIndex((other) => other.key === key) === index);
}

/** What any of the selections admits; what one of several takes away is left to the views themselves. */
function unite(selections: readonly FlowSelection[]): FlowSelection | undefined {
  const [first, ...others] = selections.map(forRelay);
  if (!first) return undefined;
  if (others.length === 0) return first;
  const all = [first, ...others];
  const whitelist = all.some((each) => each.whitelist.length === 0)
    ? []
    : all.flatMap((each) => each.whitelist);
  return { whitelist, blacklist: [] };
}

/** No relay knows rules; the events that can have been decided by one, it does know. */
function forRelay({ whitelist, blacklist, rule }: FlowSelection): FlowSelection {
  if (!rule) return { whitelist, blacklist };
  const filters =
    whitelist.length === 0 ? [decisive] : whitelist.map((filter) => ({ ...decisive, ...filter }));
  return { whitelist: filters, blacklist };
}

function request({ whitelist, blacklist }: FlowSelection): StreamRequest {
  return { key: JSON.stringify([whitelist, blacklist]), whitelist, blacklist };
}
