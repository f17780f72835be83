import { ByteSegments } from "./byteSegments.ts";
import {
  type Endpoint,
  type Flow,
  flowTypes,
  ipVersions,
  l7Types,
  type Layer4,
  layer4Protocols,
  type Notice,
  tcpFlags,
  type Timestamp,
  trafficDirections,
  verdicts,
} from "./flow.ts";
import { clearSlot, copySlots, createFlowColumns, type FlowColumns } from "./flowColumns.ts";
import type { Dictionary } from "./dictionary.ts";
import {
  type Attribution,
  createFlowDictionaries,
  type DictionaryReaders,
  type FlowDictionaries,
} from "./flowDictionaries.ts";

export interface FlowStoreOptions {
  /** The most rows held, at least 1. */
  readonly maxFlows: number;
  /** The most bytes of raw events held. */
  readonly maxBytes: number;
  /** Called with each row that is about to be dropped, while it can still be read. */
  readonly onDrop?: (row: number) => void;
  /** Make the values of what is appended by its bytes. */
  readonly readers?: DictionaryReaders;
}

const firstSlots = 4096;
const compactAtLeast = 1 << 16;

/**
 * Holds the newest flows and notices in columns, bounded in rows and in bytes; the oldest go first.
 * A *row* is a number that grows by one with each append and is never used twice: rows `first` to `end - 1` are held.
 */
export class FlowStore {
  /** What the columns hold the numbers of. */
  readonly dictionaries: FlowDictionaries;

  readonly #onDrop: ((row: number) => void) | undefined;
  #maxFlows: number;
  #maxBytes: number;
  readonly #raw = new ByteSegments();
  readonly #notices = new Map<number, Notice>();
  readonly #endpointNumbers = new WeakMap<Endpoint, number>();
  readonly #uuids = new Set<string>();
  #rowUuids: (string | undefined)[];
  #columns: FlowColumns;
  #slots: number;
  #first = 0;
  #end = 0;
  #compactAt = compactAtLeast;
  #generation = 0;

  constructor(options: FlowStoreOptions) {
    this.dictionaries = createFlowDictionaries(options.readers);
    this.#onDrop = options.onDrop;
    this.#maxFlows = Math.max(1, options.maxFlows);
    this.#maxBytes = options.maxBytes;
    this.#slots = Math.min(firstSlots, this.#maxFlows);
    this.#columns = createFlowColumns(this.#slots);
    this.#rowUuids = new Array<string | undefined>(this.#slots);
  }

  get strings(): FlowDictionaries["strings"] {
    return this.dictionaries.strings;
  }

  get endpoints(): FlowDictionaries["endpoints"] {
    return this.dictionaries.endpoints;
  }

  get l7Records(): FlowDictionaries["l7Records"] {
    return this.dictionaries.l7Records;
  }

  get attributions(): FlowDictionaries["attributions"] {
    return this.dictionaries.attributions;
  }

  /** The oldest row held; equals {@link end} when nothing is. */
  get first(): number {
    return this.#first;
  }

  /** The row that the next append will get: so many have been appended in all. */
  get end(): number {
    return this.#end;
  }

  /** How many rows were dropped to stay within the bounds. */
  get dropped(): number {
    return this.#first;
  }

  get rawBytes(): number {
    return this.#raw.bytes;
  }

  /** Grows when numbers of the dictionaries change their meaning: whoever keeps such numbers must forget them then. */
  get generation(): number {
    return this.#generation;
  }

  /** The columns; read them at {@link slotOf}. Replaced when the store grows, so never keep them. */
  get columns(): FlowColumns {
    return this.#columns;
  }

  /** Where a held row lies in the columns. */
  slotOf(row: number): number {
    return row % this.#slots;
  }

  /** Is a flow with this uuid held? */
  hasUuid(uuid: string): boolean {
    return this.#uuids.has(uuid);
  }

  /**
   * Appends a flow with its raw event (copied) and answers its row, or `undefined` when a flow with its uuid is held already.
   */
  append(flow: Flow, raw?: Uint8Array): number | undefined {
    const uuid = flow.uuid;
    if (uuid && this.#uuids.has(uuid)) return undefined;
    const row = this.#open(flow.time);
    const slot = this.slotOf(row);
    this.#columns.kind[slot] = 1;
    this.#write(flow, slot);
    if (raw) this.#keepRaw(raw, slot);
    if (uuid) {
      this.#uuids.add(uuid);
      this.#rowUuids[slot] = uuid;
    }
    this.#compactWhenLarge();
    return row;
  }

  /** Appends a notice, which holds its place among the flows, and answers its row. */
  appendNotice(notice: Notice): number {
    const row = this.#open(notice.time);
    this.#columns.kind[this.slotOf(row)] = 2;
    this.#notices.set(row, notice);
    return row;
  }

  /** The notice of a row, or `undefined` when the row holds a flow. */
  noticeAt(row: number): Notice | undefined {
    return this.#notices.get(row);
  }

  /** The raw event of a row as a view that is valid until the next append, or `undefined` when none is kept. */
  rawAt(row: number): Uint8Array | undefined {
    const slot = this.slotOf(row);
    const length = this.#columns.rawLength[slot] ?? 0;
    if (row < this.#first || row >= this.#end || length === 0) return undefined;
    return this.#raw.read(this.#columns.rawSegment[slot] ?? 0, this.#columns.rawOffset[slot] ?? 0, length);
  }

  /** The uuid of a held row, or `undefined` when its event has none. */
  uuidAt(row: number): string | undefined {
    return row < this.#first || row >= this.#end ? undefined : this.#rowUuids[this.slotOf(row)];
  }

  timeAt(row: number): Timestamp {
    const slot = this.slotOf(row);
    return { seconds: this.#columns.seconds[slot] ?? 0, nanos: this.#columns.nanos[slot] ?? 0 };
  }

  /** Drops everything held; rows go on counting. */
  clear(): void {
    while (this.#first < this.#end) this.#dropFirst();
  }

  /** Holds so much from now on; what no longer fits is dropped at once, oldest first. */
  setBounds(bounds: { readonly maxFlows: number; readonly maxBytes: number }): void {
    this.#maxFlows = Math.max(1, bounds.maxFlows);
    this.#maxBytes = bounds.maxBytes;
    while (this.#end - this.#first > this.#maxFlows) this.#dropFirst();
    if (this.#slots > this.#maxFlows) this.#moveTo(this.#maxFlows);
    this.#dropToBytes();
  }

  #open(time: Timestamp): number {
    if (this.#end - this.#first === this.#slots) {
      if (this.#slots < this.#maxFlows) this.#moveTo(Math.min(this.#slots * 2, this.#maxFlows));
      else this.#dropFirst();
    }
    const row = this.#end;
    this.#end += 1;
    const slot = this.slotOf(row);
    clearSlot(this.#columns, slot);
    this.#rowUuids[slot] = undefined;
    this.#columns.seconds[slot] = time.seconds;
    this.#columns.nanos[slot] = time.nanos;
    return row;
  }

  #write(flow: Flow, slot: number): void {
    const columns = this.#columns;
    columns.eventType[slot] = flow.eventType;
    columns.eventSubType[slot] = flow.eventSubType;
    columns.verdict[slot] = verdicts.indexOf(flow.verdict);
    columns.dropReason[slot] = this.#string(flow.dropReasonDesc);
    columns.trafficDirection[slot] = trafficDirections.indexOf(flow.trafficDirection);
    columns.isReply[slot] = flow.isReply === undefined ? 0 : flow.isReply ? 2 : 1;
    columns.flowType[slot] = flowTypes.indexOf(flow.type);
    columns.source[slot] = this.#endpoint(flow.source);
    columns.destination[slot] = this.#endpoint(flow.destination);
    columns.sourceIp[slot] = this.#string(flow.ip?.source);
    columns.destinationIp[slot] = this.#string(flow.ip?.destination);
    columns.ipVersion[slot] = flow.ip ? ipVersions.indexOf(flow.ip.version) : 0;
    columns.sourceNames[slot] = this.#string(flow.sourceNames.join(","));
    columns.destinationNames[slot] = this.#string(flow.destinationNames.join(","));
    columns.sourceService[slot] = this.#service(flow.sourceService);
    columns.destinationService[slot] = this.#service(flow.destinationService);
    if (flow.l4) this.#writeLayer4(flow.l4, slot);
    if (flow.l7) {
      columns.l7Type[slot] = l7Types.indexOf(flow.l7.type);
      columns.latencyNs[slot] = flow.l7.latencyNs;
      const record = flow.l7.record;
      if (record) columns.l7Record[slot] = this.l7Records.internValue(JSON.stringify(record), record);
    }
    columns.nodeName[slot] = this.#string(flow.nodeName);
    columns.policyMatchType[slot] = flow.policyMatchType;
    columns.attribution[slot] = this.#attribution(flow);
  }

  #writeLayer4(l4: Layer4, slot: number): void {
    const columns = this.#columns;
    columns.protocol[slot] = layer4Protocols.indexOf(l4.protocol);
    if (l4.protocol === "TCP" || l4.protocol === "UDP" || l4.protocol === "SCTP") {
      columns.sourcePort[slot] = l4.sourcePort;
      columns.destinationPort[slot] = l4.destinationPort;
    } else {
      columns.destinationPort[slot] = l4.type;
      if (l4.protocol === "ICMPv4" || l4.protocol === "ICMPv6") columns.sourcePort[slot] = l4.code;
    }
    if (l4.protocol === "TCP" && l4.flags) {
      let bits = 0;
      for (const flag of l4.flags) bits |= 1 << tcpFlags.indexOf(flag);
      columns.tcpFlags[slot] = bits;
    }
  }

  #attribution(flow: Flow): number {
    const allowedBy = [...flow.ingressAllowedBy, ...flow.egressAllowedBy];
    const deniedBy = [...flow.ingressDeniedBy, ...flow.egressDeniedBy];
    if (allowedBy.length === 0 && deniedBy.length === 0) return 0;
    const attribution: Attribution = { allowedBy, deniedBy };
    return this.attributions.internValue(JSON.stringify(attribution), attribution);
  }

  #string(text: string | undefined): number {
    return text ? this.strings.internValue(text, text) : 0;
  }

  #service(service: Flow["sourceService"]): number {
    return service ? this.#string(`${service.namespace}/${service.name}`) : 0;
  }

  #endpoint(endpoint: Endpoint): number {
    const known = this.#endpointNumbers.get(endpoint);
    if (known !== undefined && this.endpoints.get(known) === endpoint) return known;
    const number = this.endpoints.internValue(JSON.stringify(endpoint), endpoint);
    this.#endpointNumbers.set(endpoint, number);
    return number;
  }

  #keepRaw(raw: Uint8Array, slot: number): void {
    const { segment, offset } = this.#raw.append(raw);
    this.#columns.rawSegment[slot] = segment;
    this.#columns.rawOffset[slot] = offset;
    this.#columns.rawLength[slot] = raw.length;
    this.#dropToBytes();
  }

  /** Memory is freed a segment at a time; the newest row stays whatever its size. */
  #dropToBytes(): void {
    while (this.#raw.bytes > this.#maxBytes && this.#end - this.#first > 1) this.#dropFirst();
  }

  #dropFirst(): void {
    const row = this.#first;
    this.#onDrop?.(row);
    const slot = this.slotOf(row);
    const uuid = this.#rowUuids[slot];
    if (uuid) this.#uuids.delete(uuid);
    this.#rowUuids[slot] = undefined;
    this.#notices.delete(row);
    this.#first += 1;
    const next = this.slotOf(this.#first);
    if (this.#first === this.#end) {
      this.#raw.dropBefore(Infinity);
    } else if ((this.#columns.rawLength[next] ?? 0) > 0) {
      this.#raw.dropBefore(this.#columns.rawSegment[next] ?? 0);
    }
  }

  /** Moves to columns of another length: in stretches, as a slot at a time would stop the thread for long. */
  #moveTo(slots: number): void {
    const columns = createFlowColumns(slots);
    const rowUuids = new Array<string | undefined>(slots);
    for (let row = this.#first; row < this.#end; ) {
      const [from, to] = [row % this.#slots, row % slots];
      const count = Math.min(this.#end - row, this.#slots - from, slots - to);
      copySlots({ columns: this.#columns, slot: from }, { columns, slot: to }, count);
      for (let index = 0; index < count; index++) rowUuids[to + index] = this.#rowUuids[from + index];
      row += count;
    }
    this.#columns = columns;
    this.#rowUuids = rowUuids;
    this.#slots = slots;
  }

  /** Pods and names come and go for ever: when a dictionary has doubled, what no held row uses is forgotten. */
  #compactWhenLarge(): void {
    const largest = () =>
      Math.max(this.strings.size, this.endpoints.size, this.l7Records.size, this.attributions.size);
    if (largest() < this.#compactAt) return;
    const columns = this.#columns;
    this.#compact(this.endpoints, [columns.source, columns.destination]);
    this.#compact(this.l7Records, [columns.l7Record]);
    this.#compact(this.attributions, [columns.attribution]);
    this.#compact(this.strings, [
      columns.dropReason,
      columns.sourceIp,
      columns.destinationIp,
      columns.sourceNames,
      columns.destinationNames,
      columns.sourceService,
      columns.destinationService,
      columns.nodeName,
    ]);
    this.#generation += 1;
    this.#compactAt = Math.max(compactAtLeast, 2 * largest());
  }

  #compact<T>(dictionary: Dictionary<T>, using: readonly Uint32Array[]): void {
    const used = new Uint8Array(dictionary.size);
    for (let row = this.#first; row < this.#end; row++) {
      const slot = this.slotOf(row);
      for (const column of using) used[column[slot] ?? 0] = 1;
    }
    const renumbered = dictionary.compact(used);
    for (const column of using) {
      for (let slot = 0; slot < column.length; slot++) column[slot] = renumbered[column[slot] ?? 0] ?? 0;
    }
  }
}
