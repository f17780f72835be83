import { type Flow, ipVersions, layer4Protocols, tcpFlags, trafficDirections, verdicts } from "../flow.ts";
import type { FlowColumns } from "../flowColumns.ts";

/** The small numbers of a flow, with the meaning that the columns of the same name have. */
export type FlowNumbers = Readonly<
  Record<
    | "verdict"
    | "eventType"
    | "eventSubType"
    | "trafficDirection"
    | "isReply"
    | "ipVersion"
    | "protocol"
    | "sourcePort"
    | "destinationPort"
    | "tcpFlags",
    number
  >
>;

/** The numbers of one held row after another: one object for all, set to a row by {@link at}. */
export class RowNumbers implements FlowNumbers {
  #columns: FlowColumns;
  #slot = 0;

  constructor(columns: FlowColumns) {
    this.#columns = columns;
  }

  /** Goes to a slot of the columns as they are now. */
  at(columns: FlowColumns, slot: number): this {
    this.#columns = columns;
    this.#slot = slot;
    return this;
  }

  get verdict(): number {
    return this.#columns.verdict[this.#slot] ?? 0;
  }

  get eventType(): number {
    return this.#columns.eventType[this.#slot] ?? 0;
  }

  get eventSubType(): number {
    return this.#columns.eventSubType[this.#slot] ?? 0;
  }

  get trafficDirection(): number {
    return this.#columns.trafficDirection[this.#slot] ?? 0;
  }

  get isReply(): number {
    return this.#columns.isReply[this.#slot] ?? 0;
  }

  get ipVersion(): number {
    return this.#columns.ipVersion[this.#slot] ?? 0;
  }

  get protocol(): number {
    return this.#columns.protocol[this.#slot] ?? 0;
  }

  get sourcePort(): number {
    return this.#columns.sourcePort[this.#slot] ?? 0;
  }

  get destinationPort(): number {
    return this.#columns.destinationPort[this.#slot] ?? 0;
  }

  get tcpFlags(): number {
    return this.#columns.tcpFlags[this.#slot] ?? 0;
  }
}

/** The numbers of a single flow. */
export function flowNumbers(flow: Flow): FlowNumbers {
  const { l4 } = flow;
  const ports = l4 && "sourcePort" in l4 ? l4 : undefined;
  let flags = 0;
  for (const flag of (l4?.protocol === "TCP" ? l4.flags : undefined) ?? []) {
    flags |= 1 << tcpFlags.indexOf(flag);
  }
  return {
    verdict: verdicts.indexOf(flow.verdict),
    eventType: flow.eventType,
    eventSubType: flow.eventSubType,
    trafficDirection: trafficDirections.indexOf(flow.trafficDirection),
    isReply: flow.isReply === undefined ? 0 : flow.isReply ? 2 : 1,
    ipVersion: flow.ip ? ipVersions.indexOf(flow.ip.version) : 0,
    protocol: l4 ? layer4Protocols.indexOf(l4.protocol) : 0,
    sourcePort: (ports?.sourcePort ?? 0) & 0xffff,
    destinationPort: (ports?.destinationPort ?? 0) & 0xffff,
    tcpFlags: flags,
  };
}
