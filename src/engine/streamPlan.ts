import { eventTypes, type Timestamp } from "../flows/flow.ts";
import type { FlowFilter, FlowFilterField, FlowRange, FlowSelection } from "../flows/flowFilter.ts";

/** One stream that is wanted of the relay. Two with the same `key` ask for the same flows. */
export interface StreamRequest {
  readonly key: string;
  readonly whitelist: readonly FlowFilter[];
  readonly blacklist: readonly FlowFilter[];
  /** Absent: as much as is usual, and what comes. */
  readonly history?: StreamHistory;
}

/** Which stretch of flows a stream is asked for, in place of the usual history. */
export interface StreamHistory {
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  /** Per node; `Infinity`: all that it holds. */
  readonly number?: number;
  readonly first?: boolean;
  /** Nothing that is yet to happen is wanted: the stream ends by itself. */
  readonly ends: boolean;
}

/** The events that decide something: what lenses and trees count, whatever a person filters for. */
const decisive: FlowFilter = {
  eventType: [{ type: eventTypes.drop }, { type: eventTypes.policyVerdict }, { type: eventTypes.l7 }],
};

/**
 * Fields that relays know since Cilium 1.16 to 1.19. An older one reads over them: in a whitelist it then sends more than
 * was asked for, which is left out here, but in a blacklist it would keep back what was not meant.
 */
const newFields: readonly FlowFilterField[] = [
  "sourceIpXlated",
  "interface",
  "nodeLabels",
  "sourceClusterName",
  "destinationClusterName",
  "ipTraceId",
  "encrypted",
  "dropReasonDesc",
  "celExpression",
];

/**
 * The streams that serve everything that is looked at: the *watch* of decisive events and the *view* with what the open
 * views select, one for each stretch of time that they ask for. A view of everything contains the watch, unless it asks
 * for less history. A relay may be asked for more than a view admits, never for less: the view leaves out the rest.
 */
export function planStreams(
  watch: boolean,
  selections: readonly FlowSelection[],
  now: Timestamp,
): readonly StreamRequest[] {
  const views = unite(selections.map((selection) => forRelay(selection, now)));
  const containsWatch = views.some(
    ({ whitelist, blacklist, history }) =>
      whitelist.length === 0 && blacklist.length === 0 && (!history || isWhole(history)),
  );
  return watch && !containsWatch ? distinct([request([decisive], []), ...views]) : distinct(views);
}

function distinct(requests: readonly StreamRequest[]): readonly StreamRequest[] {
  return requests.filter(({ key }, index) => requests.findIndex((other) => other.key === key) === index);
}

/** Those of the same stretch as one: what any admits; what one of several takes away is left to the views themselves. */
function unite(requests: readonly StreamRequest[]): readonly StreamRequest[] {
  const byHistory = new Map<string, StreamRequest>();
  for (const next of requests) {
    const stretch = JSON.stringify(next.history ?? null);
    const one = byHistory.get(stretch);
    byHistory.set(stretch, one ? eitherOf(one, next) : next);
  }
  return [...byHistory.values()];
}

function eitherOf(one: StreamRequest, other: StreamRequest): StreamRequest {
  const isAll = one.whitelist.length === 0 || other.whitelist.length === 0;
  return request(isAll ? [] : [...one.whitelist, ...other.whitelist], [], one.history);
}

/** What a relay can be asked of a selection: no relay knows rules and other local questions, but the events that they can be about. */
function forRelay(selection: FlowSelection, now: Timestamp): StreamRequest {
  const { rule, local = [], range } = selection;
  const blacklist = selection.blacklist.filter((filter) => newFields.every((field) => !filter[field]));
  const isDecisive = rule !== undefined || local.some(({ negated }) => !negated);
  const white = selection.whitelist.length === 0 && isDecisive ? [{}] : selection.whitelist;
  const whitelist = isDecisive ? white.map((filter) => ({ ...decisive, ...filter })) : white;
  return request(whitelist, blacklist, historyOf(range, now));
}

function historyOf(range: FlowRange | undefined, now: Timestamp): StreamHistory | undefined {
  if (!range) return undefined;
  const { since, until, last, first, all, follow = false } = range;
  // In a view whoever asks for no end follows; an end that is yet to come is kept by the view.
  const ends = !follow && (first !== undefined || (until !== undefined && isBefore(until, now)));
  const number = all ? Infinity : (first ?? last);
  if (!since && number === undefined && !ends) return undefined;
  return {
    ...(since && { since }),
    ...(ends && until && { until }),
    ...(number !== undefined && { number }),
    // With nothing but an end, what lies before it is asked for from the oldest on.
    ...((first !== undefined || (ends && !since && number === undefined)) && { first: true }),
    ends,
  };
}

function isWhole({ since, number, ends }: StreamHistory): boolean {
  return !ends && !since && number === Infinity;
}

function isBefore(one: Timestamp, other: Timestamp): boolean {
  return one.seconds < other.seconds || (one.seconds === other.seconds && one.nanos < other.nanos);
}

function request(
  whitelist: readonly FlowFilter[],
  blacklist: readonly FlowFilter[],
  history?: StreamHistory,
): StreamRequest {
  const asked = history
    ? [whitelist, blacklist, { ...history, number: String(history.number) }]
    : [whitelist, blacklist];
  return { key: JSON.stringify(asked), whitelist, blacklist, ...(history && { history }) };
}
