import {
  type DnsRecord,
  type Endpoint,
  flowTypes,
  type HttpRecord,
  type KafkaRecord,
  trafficDirections,
  verdicts,
} from "../flows/flow.ts";
import type { Attribution, FlowDictionaries } from "../flows/flowDictionaries.ts";
import { FlowRecord } from "../flows/flowRecord.ts";
import { dropReasonBytes } from "./dropReasonBytes.ts";
import { EndpointSchema, FlowSchema } from "./gen/flow/flow_pb.js";
import { GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { JoinedText } from "./joinedText.ts";
import { isJsonLine } from "./jsonpb.ts";
import {
  knownMember,
  type PartKind,
  passText,
  scanBool,
  scanEventType,
  scanPart,
  scanService,
  scanTime,
} from "./scanFields.ts";
import { layer7Shape, scanIp, scanLayer4, scanLayer7 } from "./scanLayers.ts";
import { scanUuid, usualUuidLength } from "./scanUuid.ts";
import { WireReader, wireTypes } from "./wireFormat.ts";
import { WireShape } from "./wireShape.ts";

const responseShape = new WireShape(GetFlowsResponseSchema);
const flowShape = new WireShape(FlowSchema);
const endpointShape = new WireShape(EndpointSchema);

/**
 * Reads flows out of `observer.GetFlowsResponse` messages without decoding them: what is the same in many flows becomes a
 * number of the dictionaries, by its bytes. Allocates nothing for what the dictionaries know. Stricter than the full decoder
 * (`readResponse`), and equal to it in what it reads; rarities, such as a sub-message in two pieces, are left to that one.
 */
export class FlowScanner {
  /** The flow of the last {@link scan} that answered true; overwritten by the next. */
  readonly record = new FlowRecord();
  readonly #dictionaries: FlowDictionaries;
  readonly #endpoints: PartKind<Endpoint>;
  readonly #l7Records: PartKind<HttpRecord | DnsRecord | KafkaRecord>;
  readonly #attributions: PartKind<Attribution>;
  readonly #reader = new WireReader();
  readonly #sourceNames = new JoinedText(0x2c);
  readonly #destinationNames = new JoinedText(0x2c);
  readonly #service = new JoinedText(0x2f);
  /** Which sub-messages came of those that may come but once, as bits by field. */
  #seen = 0;
  #dropReason = 0;
  /** Where the name of the node lies that the message says, and that which its flow says. */
  #senderStart = 0;
  #senderStop = 0;
  #nodeStart = 0;
  #nodeStop = 0;

  constructor(dictionaries: FlowDictionaries) {
    this.#dictionaries = dictionaries;
    this.#endpoints = { shape: endpointShape, dictionary: dictionaries.endpoints };
    this.#l7Records = { shape: layer7Shape, dictionary: dictionaries.l7Records };
    this.#attributions = { shape: flowShape, dictionary: dictionaries.attributions };
  }

  /**
   * Reads one message. True: a flow, now in {@link record}. False: anything else, such as a notice, a line of JSON or what is
   * no message at all; `readResponse` says what it is.
   */
  scan(raw: Uint8Array): boolean {
    if (isJsonLine(raw)) return false;
    const reader = this.#reader;
    reader.open(raw);
    this.#reset();
    this.#scanEnvelope();
    const { flowStart, flowEnd } = this.record;
    if (reader.isBad() || flowEnd === 0) return false;
    reader.position = flowStart;
    reader.end = flowEnd;
    this.#scanFlow();
    if (reader.isBad()) return false;
    this.#finish();
    return !reader.isBad();
  }

  #reset(): void {
    this.record.reset();
    this.#sourceNames.clear();
    this.#destinationNames.clear();
    this.#seen = 0;
    this.#dropReason = 0;
    this.#senderStart = 0;
    this.#senderStop = 0;
    this.#nodeStart = 0;
    this.#nodeStop = 0;
  }

  /** Fields by their tags: 8 times the field's number and its wire type. */
  #scanEnvelope(): void {
    const reader = this.#reader;
    let timed = false;
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      switch (tag) {
        case 0x0a: // flow
          this.#passFlow();
          break;
        case 0x12: // node_status
        case 0x1a: // lost_events
          // The last one holds, if there are several.
          reader.refuse();
          break;
        case 0x1f42: // node_name
          this.#senderStart = passText(reader);
          this.#senderStop = reader.position;
          break;
        case 0x1f4a: // time
          // Two times would be one, put together.
          if (timed) reader.refuse();
          timed = true;
          scanTime(reader, this.record);
          break;
        default:
          responseShape.checkField(reader, tag);
      }
    }
  }

  #passFlow(): void {
    const { record } = this;
    const reader = this.#reader;
    if (record.flowEnd !== 0) reader.refuse();
    record.flowEnd = reader.stop();
    record.flowStart = reader.position;
    reader.position = record.flowEnd;
  }

  #scanFlow(): void {
    const reader = this.#reader;
    for (
      let start = reader.position, tag = reader.tag();
      tag !== 0;
      start = reader.position, tag = reader.tag()
    ) {
      const wireType = tag & 7;
      if (wireType === wireTypes.length) this.#scanPiece(tag, start);
      else if (wireType === wireTypes.varint) this.#scanNumber(tag);
      else flowShape.checkField(reader, tag);
    }
  }

  /** Fields of `flow.Flow` that are integers, by their numbers. */
  #scanNumber(tag: number): void {
    const { record } = this;
    const reader = this.#reader;
    switch (tag >>> 3) {
      case 2: // verdict
        record.verdict = knownMember(verdicts, reader.varint());
        return;
      case 10: // Type
        record.flowType = knownMember(flowTypes, reader.varint());
        return;
      case 22: // traffic_direction
        record.trafficDirection = knownMember(trafficDirections, reader.varint());
        return;
      case 23: // policy_match_type
        record.policyMatchType = reader.varint() >>> 0;
        return;
      case 24: // trace_observation_point
        record.traceObservationPoint = reader.varint();
        return;
      case 25: // drop_reason_desc
        this.#dropReason = reader.varint();
        return;
      case 27: // debug_capture_point
        record.debugCapturePoint = reader.varint();
        return;
      case 29: // proxy_port
        record.proxyPort = reader.varint() >>> 0;
        return;
      case 31: // sock_xlate_point
        record.sockXlatePoint = reader.varint();
        return;
      case 35: // auth_type
        record.authType = reader.varint();
        return;
      case 36: // trace_reason
        record.traceReason = reader.varint();
        return;
      default:
        flowShape.checkField(reader, tag);
    }
  }

  /** Fields of `flow.Flow` that have a length, by their numbers. */
  #scanPiece(tag: number, start: number): void {
    const { record } = this;
    const { strings } = this.#dictionaries;
    const reader = this.#reader;
    const field = tag >>> 3;
    switch (field) {
      case 1: // time
        this.#once(field);
        scanTime(reader, record);
        return;
      case 4: // ethernet
        this.#once(field);
        record.ethernetStart = this.#checkPiece(tag);
        record.ethernetEnd = reader.position;
        return;
      case 5: // IP
        this.#once(field);
        scanIp(reader, record, strings);
        return;
      case 6: // l4
        this.#once(field);
        scanLayer4(reader, record);
        return;
      case 8: // source
        this.#once(field);
        record.sourceEnd = reader.stop();
        record.sourceStart = reader.position;
        reader.position = record.sourceEnd;
        record.source = scanPart(reader, record.sourceStart, this.#endpoints);
        return;
      case 9: // destination
        this.#once(field);
        record.destinationEnd = reader.stop();
        record.destinationStart = reader.position;
        reader.position = record.destinationEnd;
        record.destination = scanPart(reader, record.destinationStart, this.#endpoints);
        return;
      case 11: // node_name
        this.#nodeStart = passText(reader);
        this.#nodeStop = reader.position;
        return;
      case 13: // source_names
        this.#addName(this.#sourceNames);
        return;
      case 14: // destination_names
        this.#addName(this.#destinationNames);
        return;
      case 15: // l7
        this.#once(field);
        scanLayer7(reader, record, this.#l7Records);
        return;
      case 19: // event_type
        this.#once(field);
        scanEventType(reader, record);
        return;
      case 20: // source_service
        this.#once(field);
        record.sourceService = scanService(reader, strings, this.#service);
        return;
      case 21: // destination_service
        this.#once(field);
        record.destinationService = scanService(reader, strings, this.#service);
        return;
      case 26: // is_reply
        this.#once(field);
        record.isReply = scanBool(reader) ? 2 : 1;
        return;
      case 34: // uuid
        this.#scanUuid();
        return;
      case 37: // node_labels
        this.#passNodeLabel(tag, start);
        return;
      case 40: // ip_trace_id
        if (record.ipTraceIdEnd !== 0) reader.refuse();
        record.ipTraceIdStart = this.#checkPiece(tag);
        record.ipTraceIdEnd = reader.position;
        return;
      case 100_000: // Summary
        record.summaryStart = passText(reader);
        record.summaryEnd = reader.position;
        return;
      case 21_001: // egress_allowed_by
      case 21_002: // ingress_allowed_by
      case 21_004: // egress_denied_by
      case 21_005: // ingress_denied_by
        this.#passPolicy(start);
        return;
      default:
        flowShape.checkField(reader, tag);
    }
  }

  /** Two sub-messages of one field would be one, put together. */
  #once(field: number): void {
    const bit = 1 << field;
    if ((this.#seen & bit) !== 0) this.#reader.refuse();
    this.#seen |= bit;
  }

  /** Goes behind a sub-message of which nothing is wanted but that it is one, and answers where its content begins. */
  #checkPiece(tag: number): number {
    const reader = this.#reader;
    const start = reader.position;
    reader.stop();
    const contentStart = reader.position;
    if (reader.isBad()) return 0;
    reader.position = start;
    flowShape.checkField(reader, tag);
    return contentStart;
  }

  #addName(names: JoinedText): void {
    const reader = this.#reader;
    const start = passText(reader);
    names.add(reader.bytes, start, reader.position);
  }

  #scanUuid(): void {
    const { record } = this;
    const reader = this.#reader;
    const start = passText(reader);
    const length = reader.position - start;
    record.uuidText = "";
    record.uuidStart = start;
    if (length === usualUuidLength && scanUuid(reader.bytes, start, record)) {
      record.uuidForm = 1;
    } else if (length > 0 && !reader.isBad()) {
      record.uuidForm = 2;
      record.uuidText = reader.text(start, reader.position);
    } else {
      record.uuidForm = 0;
    }
    if (record.uuidForm !== 1) {
      record.uuidStart = 0;
      record.uuid0 = 0;
      record.uuid1 = 0;
      record.uuid2 = 0;
      record.uuid3 = 0;
    }
  }

  /** The lists of policies lie one behind the other, as every writer has them; else they are not one key. */
  #passPolicy(start: number): void {
    const { record } = this;
    const reader = this.#reader;
    reader.position = reader.stop();
    if (record.attributionEnd === 0) record.attributionStart = start;
    else if (record.attributionEnd !== start) reader.refuse();
    record.attributionEnd = reader.position;
  }

  /** The labels of the node, of which there are as many sets as nodes. */
  #passNodeLabel(tag: number, start: number): void {
    const { record } = this;
    flowShape.checkField(this.#reader, tag);
    if (record.commonEnd === 0) record.commonStart = start;
    else if (record.commonEnd !== start) return;
    record.commonEnd = this.#reader.position;
  }

  /** Numbers what is known but at the end. */
  #finish(): void {
    const { record } = this;
    const { strings, endpoints } = this.#dictionaries;
    const reader = this.#reader;
    const { bytes } = reader;
    // A side that is not told is the endpoint without any fact.
    if (record.sourceEnd === 0) record.source = endpoints.intern(bytes, 0, 0);
    if (record.destinationEnd === 0) record.destination = endpoints.intern(bytes, 0, 0);
    record.sourceNames = this.#sourceNames.intern(strings, bytes);
    record.destinationNames = this.#destinationNames.intern(strings, bytes);
    if (this.#nodeStop > this.#nodeStart) {
      record.nodeName = strings.intern(bytes, this.#nodeStart, this.#nodeStop);
    } else if (this.#senderStop > this.#senderStart) {
      record.nodeName = strings.intern(bytes, this.#senderStart, this.#senderStop);
    }
    if (this.#dropReason !== 0) {
      const name = dropReasonBytes(this.#dropReason);
      record.dropReason = strings.intern(name, 0, name.length);
    }
    if (record.attributionEnd > 0) {
      reader.position = record.attributionEnd;
      record.attribution = scanPart(reader, record.attributionStart, this.#attributions);
    }
  }
}
