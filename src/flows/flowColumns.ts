import type { FlowRecord } from "./flowRecord.ts";

/**
 * The columns of held flows, one slot a row: small numbers, or numbers into the store's dictionaries (0 is "absent").
 * Enumerations hold Cilium's numbers (see `flow.ts`). Each is as narrow as what it holds: a row of a million costs megabytes.
 */
export interface FlowColumns {
  /** 1 a flow, 2 a notice (all other columns but the time are 0 then). */
  readonly kind: Uint8Array;
  readonly seconds: Float64Array;
  readonly nanos: Uint32Array;
  readonly eventType: Int32Array;
  readonly eventSubType: Int32Array;
  readonly verdict: Uint8Array;
  /** → `strings`: `drop_reason_desc`. */
  readonly dropReason: Uint32Array;
  readonly trafficDirection: Uint8Array;
  /** 0 absent, 1 false, 2 true. */
  readonly isReply: Uint8Array;
  readonly flowType: Uint8Array;
  /** → `endpoints`. */
  readonly source: Uint32Array;
  /** → `endpoints`. */
  readonly destination: Uint32Array;
  /** → `strings`. */
  readonly sourceIp: Uint32Array;
  /** → `strings`. */
  readonly destinationIp: Uint32Array;
  readonly ipVersion: Uint8Array;
  /** → `strings`: FQDNs of the side, joined with a comma. */
  readonly sourceNames: Uint32Array;
  readonly destinationNames: Uint32Array;
  /** → `strings`: `namespace/name`. */
  readonly sourceService: Uint32Array;
  readonly destinationService: Uint32Array;
  /** → `layer4Protocols`. */
  readonly protocol: Uint8Array;
  /** The source port; for ICMP its code. */
  readonly sourcePort: Uint16Array;
  /** The destination port; for ICMP (and VRRP, IGMP) its type. */
  readonly destinationPort: Uint16Array;
  /** Bits in the order of `tcpFlags`. */
  readonly tcpFlags: Uint16Array;
  readonly l7Type: Uint8Array;
  /** → `l7Records`. */
  readonly l7Record: Uint32Array;
  /** → `strings`. */
  readonly nodeName: Uint32Array;
  /** → `attributions`. */
  readonly attribution: Uint32Array;
  /** A stretch of the raw event that many flows share, by a number that only the store knows. */
  readonly common: Uint32Array;
  /** Where what is kept of the raw event lies, and how many bytes that is (0: no raw event is kept). */
  readonly rawPlace: Float64Array;
  readonly rawLength: Uint32Array;
}

/** Makes columns with that many slots, all zero. */
export function createFlowColumns(slots: number): FlowColumns {
  return {
    kind: new Uint8Array(slots),
    seconds: new Float64Array(slots),
    nanos: new Uint32Array(slots),
    eventType: new Int32Array(slots),
    eventSubType: new Int32Array(slots),
    verdict: new Uint8Array(slots),
    dropReason: new Uint32Array(slots),
    trafficDirection: new Uint8Array(slots),
    isReply: new Uint8Array(slots),
    flowType: new Uint8Array(slots),
    source: new Uint32Array(slots),
    destination: new Uint32Array(slots),
    sourceIp: new Uint32Array(slots),
    destinationIp: new Uint32Array(slots),
    ipVersion: new Uint8Array(slots),
    sourceNames: new Uint32Array(slots),
    destinationNames: new Uint32Array(slots),
    sourceService: new Uint32Array(slots),
    destinationService: new Uint32Array(slots),
    protocol: new Uint8Array(slots),
    sourcePort: new Uint16Array(slots),
    destinationPort: new Uint16Array(slots),
    tcpFlags: new Uint16Array(slots),
    l7Type: new Uint8Array(slots),
    l7Record: new Uint32Array(slots),
    nodeName: new Uint32Array(slots),
    attribution: new Uint32Array(slots),
    common: new Uint32Array(slots),
    rawPlace: new Float64Array(slots),
    rawLength: new Uint32Array(slots),
  };
}

const columnNames = Object.keys(createFlowColumns(0)) as readonly (keyof FlowColumns)[];

/** Writes all of a slot but what the store alone knows (the kind, the common stretch, the raw event). */
export function writeSlot(columns: FlowColumns, slot: number, record: FlowRecord): void {
  columns.seconds[slot] = record.seconds;
  columns.nanos[slot] = record.nanos;
  columns.eventType[slot] = record.eventType;
  columns.eventSubType[slot] = record.eventSubType;
  columns.verdict[slot] = record.verdict;
  columns.dropReason[slot] = record.dropReason;
  columns.trafficDirection[slot] = record.trafficDirection;
  columns.isReply[slot] = record.isReply;
  columns.flowType[slot] = record.flowType;
  columns.source[slot] = record.source;
  columns.destination[slot] = record.destination;
  columns.sourceIp[slot] = record.sourceIp;
  columns.destinationIp[slot] = record.destinationIp;
  columns.ipVersion[slot] = record.ipVersion;
  columns.sourceNames[slot] = record.sourceNames;
  columns.destinationNames[slot] = record.destinationNames;
  columns.sourceService[slot] = record.sourceService;
  columns.destinationService[slot] = record.destinationService;
  columns.protocol[slot] = record.protocol;
  columns.sourcePort[slot] = record.sourcePort;
  columns.destinationPort[slot] = record.destinationPort;
  columns.tcpFlags[slot] = record.tcpFlags;
  columns.l7Type[slot] = record.l7Type;
  columns.l7Record[slot] = record.l7Record;
  columns.nodeName[slot] = record.nodeName;
  columns.attribution[slot] = record.attribution;
}

/** A stretch of slots. */
export interface SlotRange {
  readonly columns: FlowColumns;
  readonly slot: number;
}

/** Copies so many slots, from one stretch to another. */
export function copySlots(from: SlotRange, to: SlotRange, count: number): void {
  for (const name of columnNames) {
    to.columns[name].set(from.columns[name].subarray(from.slot, from.slot + count), to.slot);
  }
}
