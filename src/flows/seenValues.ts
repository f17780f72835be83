import { type Endpoint, type Flow, layer4Protocols } from "./flow.ts";
import type { FlowColumns } from "./flowColumns.ts";
import type { FlowStore } from "./flowStore.ts";
import { reservedIdentityNumbers } from "./language/identityNames.ts";
import type { SuggestionKind } from "./language/suggestionKind.ts";
import { requestPath } from "./match/requestPath.ts";

/** A value that flows have, and how often held flows have it. */
export interface SeenValue {
  readonly value: string;
  readonly count: number;
}

export interface SeenValuesOptions {
  readonly kind: SuggestionKind;
  /** What was typed so far: values that begin with it come first, then those that contain it; case does not matter. */
  readonly prefix: string;
  readonly limit: number;
  /** The whole flow of a held row, for values that no column holds: asked of the newest rows only. */
  readonly flowAt: (row: number) => Flow | undefined;
}

/** Decoding takes some 20 µs each. */
const decodedAtMost = 2000;

/** The values of a kind that held flows have, as a filter takes them, the most frequent first. */
export function seenValues(store: FlowStore, options: SeenValuesOptions): readonly SeenValue[] {
  const counts = new ValueCounts();
  countValues(store, options, counts);
  const typed = options.prefix.toLowerCase();
  const rank = (value: string) => (value.toLowerCase().startsWith(typed) ? 0 : 1);
  return counts
    .list()
    .filter(({ value }) => value.toLowerCase().includes(typed))
    .sort((a, b) => rank(a.value) - rank(b.value) || b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, Math.max(0, options.limit));
}

class ValueCounts {
  readonly #counts = new Map<string, number>();

  add(value: string | undefined, count: number): void {
    if (value) this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }

  list(): SeenValue[] {
    return [...this.#counts].map(([value, count]) => ({ value, count }));
  }
}

function countValues(store: FlowStore, options: SeenValuesOptions, counts: ValueCounts): void {
  const { kind } = options;
  const valuesOf = endpointValues[kind];
  if (valuesOf) {
    for (const [number, count] of countNumbers(store, "source", "destination")) {
      const endpoint = store.endpoints.get(number);
      if (endpoint) for (const value of valuesOf(endpoint)) counts.add(value, count);
    }
    return;
  }
  const texts = textColumns[kind];
  if (texts) {
    for (const [number, count] of countNumbers(store, ...texts)) {
      const text = store.strings.get(number) ?? "";
      for (const value of kind === "fqdn" ? text.split(",") : [text]) counts.add(value, count);
    }
    return;
  }
  const wholeValues = flowValues[kind];
  if (wholeValues) {
    const from = Math.max(store.first, store.end - decodedAtMost);
    for (let row = store.end - 1; row >= from; row--) {
      const flow = options.flowAt(row);
      if (flow) for (const value of wholeValues(flow)) counts.add(value, 1);
    }
    return;
  }
  countRecords(store, kind, counts);
}

/** How often each number stands in these columns, in the rows held. */
function countNumbers(
  store: FlowStore,
  ...names: readonly (keyof FlowColumns)[]
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const name of names) {
    const column = store.columns[name];
    for (let row = store.first; row < store.end; row++) {
      const number = column[store.slotOf(row)] ?? 0;
      if (number !== 0) counts.set(number, (counts.get(number) ?? 0) + 1);
    }
  }
  return counts;
}

type Values<T> = Partial<Readonly<Record<SuggestionKind, (subject: T) => readonly (string | undefined)[]>>>;

const reservedNames = new Map(
  Object.entries(reservedIdentityNumbers).map(([name, number]) => [number, name]),
);

const endpointValues: Values<Endpoint> = {
  namespace: ({ namespace }) => [namespace],
  pod: ({ namespace, podName }) => [podName && `${namespace}/${podName}`],
  label: ({ labels }) => labels,
  workload: ({ workloads }) => workloads.map(({ kind, name }) => (kind ? `${kind}/${name}` : name)),
  identity: ({ identity }) => [identity === 0 ? "" : (reservedNames.get(identity) ?? String(identity))],
  cluster: ({ clusterName }) => [clusterName],
};

const textColumns: Partial<Readonly<Record<SuggestionKind, readonly (keyof FlowColumns)[]>>> = {
  service: ["sourceService", "destinationService"],
  ip: ["sourceIp", "destinationIp"],
  fqdn: ["sourceNames", "destinationNames"],
  node: ["nodeName"],
  dropReason: ["dropReason"],
};

const flowValues: Values<Flow> = {
  nodeLabel: ({ nodeLabels }) => nodeLabels ?? [],
  snatIp: ({ ip }) => [ip?.sourceXlated],
  interface: ({ interface: seen }) => [seen?.name],
  uuid: ({ uuid }) => [uuid],
  traceId: ({ traceId }) => [traceId],
  ipTraceId: ({ ipTraceId }) => [ipTraceId],
};

/** What requests have, and the rest that is counted in a way of its own. */
function countRecords(store: FlowStore, kind: SuggestionKind, counts: ValueCounts): void {
  if (kind === "port") {
    countPorts(store, counts);
    return;
  }
  if (kind === "policy") {
    countPolicies(store, counts);
    return;
  }
  if (kind === "protocol") {
    for (const [number, count] of countNumbers(store, "protocol")) {
      counts.add(layer4Protocols[number]?.toLowerCase(), count);
    }
  }
  for (const [number, count] of countNumbers(store, "l7Record")) {
    const record = store.l7Records.get(number);
    if (kind === "protocol") counts.add(record?.protocol, count);
    if (kind === "dnsQuery" && record?.protocol === "dns") counts.add(asPattern(record.query), count);
    if (record?.protocol !== "http") continue;
    if (kind === "httpMethod") counts.add(record.method, count);
    if (kind === "httpStatus" && record.code !== 0) counts.add(String(record.code), count);
    if (kind === "httpPath") counts.add(asPattern(requestPath(record.url) ?? ""), count);
    if (kind === "httpUrl") counts.add(asPattern(record.url), count);
    if (kind === "httpHeader") {
      for (const { key, value } of record.headers) counts.add(`${key}:${value}`, count);
    }
  }
}

function countPolicies(store: FlowStore, counts: ValueCounts): void {
  for (const [number, count] of countNumbers(store, "attribution")) {
    const { allowedBy = [], deniedBy = [] } = store.attributions.get(number) ?? {};
    for (const { namespace, name } of [...allowedBy, ...deniedBy]) {
      counts.add(name && (namespace ? `${namespace}/${name}` : name), count);
    }
  }
}

/** Ports of either side: those that are chosen at random are seen least. ICMP has none. */
function countPorts(store: FlowStore, counts: ValueCounts): void {
  const { sourcePort, destinationPort, protocol } = store.columns;
  const icmp = layer4Protocols.indexOf("ICMPv4");
  const ports = new Map<number, number>();
  for (let row = store.first; row < store.end; row++) {
    const slot = store.slotOf(row);
    const number = protocol[slot] ?? 0;
    if (number === 0 || number >= icmp) continue;
    for (const port of [sourcePort[slot] ?? 0, destinationPort[slot] ?? 0]) {
      if (port !== 0) ports.set(port, (ports.get(port) ?? 0) + 1);
    }
  }
  for (const [port, count] of ports) counts.add(String(port), count);
}

/** A text as a regular expression for it; a dot may stay, for people to read. */
function asPattern(text: string): string {
  return text.replaceAll(/[\\^$|?*+()[\]{}]/g, String.raw`\$&`);
}
