import type { FlowDictionaries } from "../flows/flowDictionaries.ts";
import type { FlowRecord } from "../flows/flowRecord.ts";
import * as flows from "../flows/flow.ts";
import type { Endpoint, Flow, IpPair, Layer4, Layer7, ServiceName, TcpFlag } from "../flows/flow.ts";
import { unknownEndpoint, unknownFlow } from "../flows/unknownFlow.ts";
import { enumName } from "./enumNames.ts";
import * as wire from "./gen/flow/flow_pb.js";
import { readResponse } from "./readResponse.ts";

/** Every field of a shape; those that may be absent are `undefined` then. */
type Read<T> = {
  readonly [Key in keyof T]-?: Pick<T, Key> extends Required<Pick<T, Key>> ? T[Key] : T[Key] | undefined;
};

const none: readonly never[] = [];

/**
 * A scanned message as a flow: each field is made when it is asked for, so that whoever prints or matches a few of them
 * pays for those; what is rare is read of the whole message. One object for all messages: it is the flow of the last
 * {@link at}, and so are its addresses and its layer 4. What it is made of is at hand as well. Its fields are no properties
 * of its own: a copy by `{...flow}` has none of them.
 */
export class ScannedFlow implements Read<Flow> {
  readonly dictionaries: FlowDictionaries;
  readonly record: FlowRecord;
  readonly #ip: ScannedIp;
  readonly #ports: ScannedPorts;
  /** Services by their number. */
  readonly #services: (ServiceName | undefined)[] = [];
  raw: Uint8Array = new Uint8Array();
  #whole: Flow | undefined;

  constructor(record: FlowRecord, dictionaries: FlowDictionaries) {
    this.record = record;
    this.dictionaries = dictionaries;
    this.#ip = new ScannedIp(this, record, dictionaries);
    this.#ports = new ScannedPorts(record);
  }

  /** The flow of a message that is in the record now, until the next one is. */
  at(raw: Uint8Array): Flow {
    this.raw = raw;
    this.#whole = undefined;
    return this as Flow;
  }

  /** The message read as a whole. */
  get whole(): Flow {
    if (!this.#whole) {
      const response = readResponse(this.raw);
      this.#whole = response.kind === "flow" ? response.flow : unknownFlow;
    }
    return this.#whole;
  }

  get time(): flows.Timestamp {
    return this.record;
  }

  get uuid(): string | undefined {
    return this.record.uuidForm === 0 ? undefined : this.whole.uuid;
  }

  get nodeName(): string | undefined {
    return this.dictionaries.strings.get(this.record.nodeName);
  }

  get nodeLabels(): readonly string[] | undefined {
    return this.whole.nodeLabels;
  }

  get verdict(): flows.Verdict {
    return flows.verdicts[this.record.verdict] ?? "VERDICT_UNKNOWN";
  }

  get dropReasonDesc(): string | undefined {
    return this.dictionaries.strings.get(this.record.dropReason);
  }

  get authType(): string | undefined {
    const { authType } = this.record;
    return authType === 0 ? undefined : enumName(wire.AuthTypeSchema, authType);
  }

  get type(): flows.FlowType {
    return flows.flowTypes[this.record.flowType] ?? "UNKNOWN_TYPE";
  }

  get eventType(): number {
    return this.record.eventType;
  }

  get eventSubType(): number {
    return this.record.eventSubType;
  }

  get trafficDirection(): flows.TrafficDirection {
    return flows.trafficDirections[this.record.trafficDirection] ?? "TRAFFIC_DIRECTION_UNKNOWN";
  }

  get isReply(): boolean | undefined {
    const { isReply } = this.record;
    return isReply === 0 ? undefined : isReply === 2;
  }

  get source(): Endpoint {
    return this.dictionaries.endpoints.get(this.record.source) ?? unknownEndpoint;
  }

  get destination(): Endpoint {
    return this.dictionaries.endpoints.get(this.record.destination) ?? unknownEndpoint;
  }

  get sourceNames(): readonly string[] {
    return this.#names(this.record.sourceNames);
  }

  get destinationNames(): readonly string[] {
    return this.#names(this.record.destinationNames);
  }

  get sourceService(): ServiceName | undefined {
    return this.#service(this.record.sourceService);
  }

  get destinationService(): ServiceName | undefined {
    return this.#service(this.record.destinationService);
  }

  get ip(): IpPair | undefined {
    return this.record.hasIp === 0 ? undefined : (this.#ip as IpPair);
  }

  get ethernet(): Flow["ethernet"] {
    return this.record.ethernetEnd === 0 ? undefined : this.whole.ethernet;
  }

  get l4(): Layer4 | undefined {
    const protocol = flows.layer4Protocols[this.record.protocol];
    if (!protocol) return undefined;
    if (protocol === "TCP" || protocol === "UDP" || protocol === "SCTP") return this.#ports as Layer4;
    return this.whole.l4;
  }

  get l7(): Layer7 | undefined {
    const { hasL7, l7Type, latencyNs, l7Record } = this.record;
    if (hasL7 === 0) return undefined;
    const record = this.dictionaries.l7Records.get(l7Record);
    return { type: flows.l7Types[l7Type] ?? "UNKNOWN_L7_TYPE", latencyNs, ...(record && { record }) };
  }

  get policyMatchType(): number {
    return this.record.policyMatchType;
  }

  get ingressAllowedBy(): Flow["ingressAllowedBy"] {
    return this.record.attribution === 0 ? none : this.whole.ingressAllowedBy;
  }

  get ingressDeniedBy(): Flow["ingressDeniedBy"] {
    return this.record.attribution === 0 ? none : this.whole.ingressDeniedBy;
  }

  get egressAllowedBy(): Flow["egressAllowedBy"] {
    return this.record.attribution === 0 ? none : this.whole.egressAllowedBy;
  }

  get egressDeniedBy(): Flow["egressDeniedBy"] {
    return this.record.attribution === 0 ? none : this.whole.egressDeniedBy;
  }

  get policyLog(): readonly string[] {
    return this.whole.policyLog;
  }

  get traceObservationPoint(): string {
    return enumName(wire.TraceObservationPointSchema, this.record.traceObservationPoint);
  }

  get traceReason(): string {
    return enumName(wire.TraceReasonSchema, this.record.traceReason);
  }

  get debugCapturePoint(): string {
    return enumName(wire.DebugCapturePointSchema, this.record.debugCapturePoint);
  }

  get sockXlatePoint(): string {
    return enumName(wire.SocketTranslationPointSchema, this.record.sockXlatePoint);
  }

  get proxyPort(): number | undefined {
    const { proxyPort } = this.record;
    return proxyPort === 0 ? undefined : proxyPort;
  }

  get interface(): flows.NetworkInterface | undefined {
    return this.whole.interface;
  }

  get traceId(): string | undefined {
    return this.whole.traceId;
  }

  get ipTraceId(): string | undefined {
    return this.record.ipTraceIdEnd === 0 ? undefined : this.whole.ipTraceId;
  }

  get summary(): string | undefined {
    const { summaryStart, summaryEnd, hasL7 } = this.record;
    if (summaryEnd === summaryStart) return undefined;
    if (hasL7 !== 0) return utf8Text(this.raw, summaryStart, summaryEnd);
    // Few texts of packets are new; of requests, many are.
    const { strings } = this.dictionaries;
    return strings.get(strings.intern(this.raw, summaryStart, summaryEnd));
  }

  /** Names of DNS have no commas; whoever reads several joins them again. */
  #names(number: number): readonly string[] {
    return this.dictionaries.strings.get(number)?.split(",") ?? none;
  }

  #service(number: number): ServiceName | undefined {
    if (number === 0) return undefined;
    const known = this.#services[number];
    if (known) return known;
    const text = this.dictionaries.strings.get(number) ?? "";
    const slash = text.indexOf("/");
    // Which of two slashes parts them is for who knows the message.
    if (slash !== text.lastIndexOf("/")) {
      return number === this.record.sourceService ? this.whole.sourceService : this.whole.destinationService;
    }
    const service = { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
    this.#services[number] = service;
    return service;
  }
}

class ScannedIp implements Read<IpPair> {
  readonly #flow: ScannedFlow;
  readonly #record: FlowRecord;
  readonly #strings: FlowDictionaries["strings"];

  constructor(flow: ScannedFlow, record: FlowRecord, { strings }: FlowDictionaries) {
    this.#flow = flow;
    this.#record = record;
    this.#strings = strings;
  }

  get source(): string {
    return this.#strings.get(this.#record.sourceIp) ?? "";
  }

  get destination(): string {
    return this.#strings.get(this.#record.destinationIp) ?? "";
  }

  get sourceXlated(): string | undefined {
    return this.#flow.whole.ip?.sourceXlated;
  }

  get version(): flows.IpVersion {
    return flows.ipVersions[this.#record.ipVersion] ?? "IP_NOT_USED";
  }

  get encrypted(): boolean {
    return this.#record.encrypted !== 0;
  }
}

/** The lists of flags by their bits: there are no more than 512. */
const flagLists: (readonly TcpFlag[] | undefined)[] = [];

/** A layer 4 that has ports. */
class ScannedPorts {
  readonly #record: FlowRecord;

  constructor(record: FlowRecord) {
    this.#record = record;
  }

  get protocol(): Layer4["protocol"] {
    return flows.layer4Protocols[this.#record.protocol] || "TCP";
  }

  get sourcePort(): number {
    return this.#record.sourcePort;
  }

  get destinationPort(): number {
    return this.#record.destinationPort;
  }

  get flags(): readonly TcpFlag[] | undefined {
    const { hasTcpFlags, tcpFlags } = this.#record;
    if (hasTcpFlags === 0) return undefined;
    return (flagLists[tcpFlags] ??= flows.tcpFlags.filter((_, bit) => (tcpFlags & (1 << bit)) !== 0));
  }
}

function utf8Text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}
