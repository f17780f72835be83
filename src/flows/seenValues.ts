import type { Steps } from "../base/steps.ts";
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
/** Between two places where the work can be interrupted. */
const decodedPerStep = 8;
const rowsPerStep = 1 << 16;
const valuesPerStep = 64;

/**
 * The values of a kind that held flows have, as a filter takes them, the most frequent first. Flows that come meanwhile
 * are not counted.
 */
export function* seenValuesSteps(store: FlowStore, options: SeenValuesOptions): Steps<readonly SeenValue[]> {
  for (;;) {
    const { generation } = store;
    const counts = new ValueCounts(options.prefix.toLowerCase());
    yield* countValues(store, options, counts);
    // Else the numbers mean other values now. That is seldom: it takes many thousands of new ones.
    if (store.generation === generation) return yield* counts.most(options.limit);
  }
}

/** How often which value was seen, of those that contain what was typed (in small letters). */
class ValueCounts {
  readonly #counts = new Map<string, number>();
  readonly #typed: string;

  constructor(typed: string) {
    this.#typed = typed;
  }

  add(value: string | undefined, count: number): void {
    if (!value || (this.#typed !== "" && !value.toLowerCase().includes(this.#typed))) return;
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }

  /** So many of them: those that begin with what was typed first, of them the most frequent. */
  *most(limit: number): Steps<readonly SeenValue[]> {
    const best: (SeenValue & { readonly begins: boolean })[] = [];
    let looked = 0;
    for (const [value, count] of this.#counts) {
      if (++looked % valuesPerStep === 0) yield;
      const seen = { value, count, begins: value.toLowerCase().startsWith(this.#typed) };
      let at = best.length;
      while (at > 0 && isBefore(seen, best[at - 1] ?? seen)) at -= 1;
      if (at >= limit) continue;
      best.splice(at, 0, seen);
      if (best.length > limit) best.pop();
    }
    return best.map(({ value, count }) => ({ value, count }));
  }
}

function isBefore(
  one: SeenValue & { readonly begins: boolean },
  other: SeenValue & { readonly begins: boolean },
): boolean {
  if (one.begins !== other.begins) return one.begins;
  return one.count !== other.count ? one.count > other.count : one.value < other.value;
}

function* countValues(store: FlowStore, options: SeenValuesOptions, counts: ValueCounts): Steps {
  const { kind } = options;
  const valuesOf = endpointValues[kind];
  if (valuesOf) {
    yield* countNumbers(store, ["source", "destination"], (number, count) => {
      const endpoint = store.endpoints.get(number);
      if (endpoint) for (const value of valuesOf(endpoint)) counts.add(value, count);
    });
    return;
  }
  const texts = textColumns[kind];
  if (texts) {
    yield* countNumbers(store, texts, (number, count) => {
      const text = store.strings.get(number) ?? "";
      for (const value of kind === "fqdn" ? text.split(",") : [text]) counts.add(value, count);
    });
    return;
  }
  const wholeValues = flowValues[kind];
  if (wholeValues) {
    const from = store.end - decodedAtMost;
    for (let row = store.end - 1; row >= Math.max(store.first, from); row--) {
      if (row % decodedPerStep === 0) yield;
      const flow = options.flowAt(row);
      if (flow) for (const value of wholeValues(flow)) counts.add(value, 1);
    }
    return;
  }
  yield* countRecords(store, kind, counts);
}

/** The columns that hold numbers of dictionaries, or small ones. */
type NumberColumn = {
  [Name in keyof FlowColumns]: FlowColumns[Name] extends Uint8Array | Uint16Array | Uint32Array
    ? Name
    : never;
}[keyof FlowColumns];

/** Tells how often each number, but 0, stands in these columns, in the rows that are held. */
function* countNumbers(
  store: FlowStore,
  names: readonly NumberColumn[],
  tell: (number: number, count: number) => void,
): Steps {
  const { strings, endpoints, l7Records, attributions } = store;
  const numbers = Math.max(1 << 16, strings.size, endpoints.size, l7Records.size, attributions.size);
  const counts = new Uint32Array(numbers);
  const { end } = store;
  for (const name of names) {
    for (let row = store.first; row < end; ) {
      yield;
      row = Math.max(row, store.first);
      const column = store.columns[name];
      const slot = store.slotOf(row);
      const rows = Math.max(0, Math.min(end - row, rowsPerStep, column.length - slot));
      countSlots(column.subarray(slot, slot + rows), counts);
      row += rows;
    }
  }
  let told = 0;
  for (let number = 1; number < numbers; number++) {
    const count = counts[number] ?? 0;
    if (count === 0) continue;
    if (++told % valuesPerStep === 0) yield;
    tell(number, count);
  }
}

function countSlots(column: Uint8Array | Uint16Array | Uint32Array, counts: Uint32Array): void {
  for (const number of column) counts[number] = (counts[number] ?? 0) + 1;
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

const textColumns: Partial<Readonly<Record<SuggestionKind, readonly NumberColumn[]>>> = {
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
function* countRecords(store: FlowStore, kind: SuggestionKind, counts: ValueCounts): Steps {
  if (kind === "port") {
    yield* countPorts(store, counts);
    return;
  }
  if (kind === "policy") {
    yield* countNumbers(store, ["attribution"], (number, count) => {
      const { allowedBy = [], deniedBy = [] } = store.attributions.get(number) ?? {};
      for (const { namespace, name } of [...allowedBy, ...deniedBy]) {
        counts.add(name && (namespace ? `${namespace}/${name}` : name), count);
      }
    });
    return;
  }
  if (kind === "protocol") {
    yield* countNumbers(store, ["protocol"], (number, count) => {
      counts.add(layer4Protocols[number]?.toLowerCase(), count);
    });
  }
  yield* countNumbers(store, ["l7Record"], (number, count) => {
    const record = store.l7Records.get(number);
    if (kind === "protocol") counts.add(record?.protocol, count);
    if (kind === "dnsQuery" && record?.protocol === "dns") counts.add(asPattern(record.query), count);
    if (record?.protocol !== "http") return;
    if (kind === "httpMethod") counts.add(record.method, count);
    if (kind === "httpStatus" && record.code !== 0) counts.add(String(record.code), count);
    if (kind === "httpPath") counts.add(asPattern(requestPath(record.url) ?? ""), count);
    if (kind === "httpUrl") counts.add(asPattern(record.url), count);
    if (kind === "httpHeader") {
      for (const { key, value } of record.headers) counts.add(`${key}:${value}`, count);
    }
  });
}

/** Ports of either side: those that are chosen at random are seen least. ICMP has none. */
function* countPorts(store: FlowStore, counts: ValueCounts): Steps {
  const icmp = layer4Protocols.indexOf("ICMPv4");
  const ports = new Uint32Array(1 << 16);
  const { end } = store;
  for (let row = store.first; row < end; row = Math.max(row + 1, store.first)) {
    if (row % rowsPerStep === 0) yield;
    const { sourcePort, destinationPort, protocol } = store.columns;
    const slot = store.slotOf(row);
    const number = protocol[slot] ?? 0;
    if (number === 0 || number >= icmp) continue;
    for (const port of [sourcePort[slot] ?? 0, destinationPort[slot] ?? 0]) {
      ports[port] = (ports[port] ?? 0) + 1;
    }
  }
  for (const [port, count] of ports.entries()) {
    if (port === 0 || count === 0) continue;
    if (port % valuesPerStep === 0) yield;
    counts.add(String(port), count);
  }
}

/** A text as a regular expression for it; a dot may stay, for people to read. */
function asPattern(text: string): string {
  return text.replaceAll(/[\\^$|?*+()[\]{}]/g, String.raw`\$&`);
}
