import type { Dictionary } from "../flows/dictionary.ts";
import { flowTypes, trafficDirections, verdicts } from "../flows/flow.ts";
import type { FlowDictionaries } from "../flows/flowDictionaries.ts";
import { FlowRecord } from "../flows/flowRecord.ts";
import { ByteSpan } from "./byteSpan.ts";
import { dropReasonBytes } from "./dropReasonBytes.ts";
import { EndpointSchema, FlowSchema } from "./gen/flow/flow_pb.js";
import { GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { JoinedText } from "./joinedText.ts";
import { isJsonLine } from "./jsonpb.ts";
import { knownMember, scanBool, scanEventType, scanService, scanTime } from "./scanFields.ts";
import { layer7Shape, scanIp, scanLayer4, scanLayer7 } from "./scanLayers.ts";
import { scanUuid, usualUuidLength } from "./scanUuid.ts";
import { WireReader, wireTypes } from "./wireFormat.ts";
import { WireShape } from "./wireShape.ts";

const responseShape = new WireShape(GetFlowsResponseSchema);
const flowShape = new WireShape(FlowSchema);
const endpointShape = new WireShape(EndpointSchema);

/** What a stretch of bytes must be to be numbered. */
interface PartKind {
  readonly shape: WireShape;
  readonly dictionary: Pick<Dictionary<unknown>, "find">;
}

/** Keys that begin with it are values that came as JSON. */
const brace = 0x7b;

/**
 * Reads flows out of `observer.GetFlowsResponse` messages without decoding them: what is the same in many flows becomes a
 * number of the dictionaries, by its bytes. Allocates nothing for what the dictionaries know. Stricter than the full decoder
 * (`readResponse`), and equal to it in what it reads; rarities, such as a sub-message in two pieces, are left to that one.
 */
export class FlowScanner {
  /** The flow of the last {@link scan} that answered true; overwritten by the next. */
  readonly record = new FlowRecord();
  readonly #dictionaries: FlowDictionaries;
  readonly #endpoints: PartKind;
  readonly #l7Records: PartKind;
  readonly #attributions: PartKind;
  readonly #reader = new WireReader();
  readonly #sourceNames = new JoinedText(0x2c);
  readonly #destinationNames = new JoinedText(0x2c);
  readonly #sourceService = new JoinedText(0x2f);
  readonly #destinationService = new JoinedText(0x2f);
  readonly #addresses = { source: new ByteSpan(), destination: new ByteSpan() };
  readonly #request = new ByteSpan();
  /** Which sub-messages came of those that may come but once, as bits by field. */
  #seen = 0;
  #dropReason = 0;

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
    if (!reader.isBad()) this.#findParts();
    if (reader.isBad()) return false;
    this.#number();
    return true;
  }

  #reset(): void {
    this.record.reset();
    this.#sourceNames.clear();
    this.#destinationNames.clear();
    this.#sourceService.clear();
    this.#destinationService.clear();
    this.#addresses.source.clear();
    this.#addresses.destination.clear();
    this.#request.clear();
    this.#seen = 0;
    this.#dropReason = 0;
  }

  /** Fields by their tags: 8 times the field's number and its wire type. */
  #scanEnvelope(): void {
    const { record } = this;
    const reader = this.#reader;
    let timed = false;
    for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
      switch (tag) {
        case 0x0a: // flow
          // Two flows would be one, put together.
          if (record.flowEnd !== 0) reader.refuse();
          record.flowStart = reader.start;
          record.flowEnd = reader.position;
          break;
        case 0x12: // node_status
        case 0x1a: // lost_events
          // The last one holds, if there are several.
          reader.refuse();
          break;
        case 0x1f42: // node_name
          record.senderNameStart = reader.start;
          record.senderNameEnd = reader.position;
          reader.checkText();
          break;
        case 0x1f4a: // time
          if (timed) reader.refuse();
          timed = true;
          scanTime(reader, record);
          break;
        default:
          responseShape.checkField(reader, tag);
      }
    }
  }

  #scanFlow(): void {
    const reader = this.#reader;
    for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
      const wireType = tag & 7;
      if (wireType === wireTypes.length) this.#scanPiece(tag);
      else if (wireType === wireTypes.varint) this.#scanNumber(tag);
      else flowShape.checkField(reader, tag);
    }
  }

  /** Fields of `flow.Flow` that are integers, by their numbers. */
  #scanNumber(tag: number): void {
    const { record } = this;
    const reader = this.#reader;
    const value = reader.low;
    switch (tag >>> 3) {
      case 2: // verdict
        record.verdict = knownMember(verdicts, value);
        return;
      case 10: // Type
        record.flowType = knownMember(flowTypes, value);
        return;
      case 22: // traffic_direction
        record.trafficDirection = knownMember(trafficDirections, value);
        return;
      case 23: // policy_match_type
        record.policyMatchType = value >>> 0;
        return;
      case 24: // trace_observation_point
        record.traceObservationPoint = value;
        return;
      case 25: // drop_reason_desc
        this.#dropReason = value;
        return;
      case 27: // debug_capture_point
        record.debugCapturePoint = value;
        return;
      case 29: // proxy_port
        record.proxyPort = value >>> 0;
        return;
      case 31: // sock_xlate_point
        record.sockXlatePoint = value;
        return;
      case 35: // auth_type
        record.authType = value;
        return;
      case 36: // trace_reason
        record.traceReason = value;
        return;
      default:
        flowShape.checkField(reader, tag);
    }
  }

  /** Fields of `flow.Flow` that have a length, by their numbers. */
  #scanPiece(tag: number): void {
    const { record } = this;
    const reader = this.#reader;
    const field = tag >>> 3;
    switch (field) {
      case 1: // time
        this.#once(field);
        scanTime(reader, record);
        return;
      case 4: // ethernet
        this.#once(field);
        record.ethernetStart = reader.start;
        record.ethernetEnd = reader.position;
        flowShape.checkField(reader, tag);
        return;
      case 5: // IP
        this.#once(field);
        scanIp(reader, record, this.#addresses);
        return;
      case 6: // l4
        this.#once(field);
        scanLayer4(reader, record);
        return;
      case 8: // source
        this.#once(field);
        record.sourceStart = reader.start;
        record.sourceEnd = reader.position;
        return;
      case 9: // destination
        this.#once(field);
        record.destinationStart = reader.start;
        record.destinationEnd = reader.position;
        return;
      case 11: // node_name
        record.nodeNameStart = reader.start;
        record.nodeNameEnd = reader.position;
        reader.checkText();
        return;
      case 13: // source_names
        this.#sourceNames.add(reader.bytes, reader.start, reader.position);
        reader.checkText();
        return;
      case 14: // destination_names
        this.#destinationNames.add(reader.bytes, reader.start, reader.position);
        reader.checkText();
        return;
      case 15: // l7
        this.#once(field);
        scanLayer7(reader, record, this.#request);
        return;
      case 19: // event_type
        this.#once(field);
        scanEventType(reader, record);
        return;
      case 20: // source_service
        this.#once(field);
        scanService(reader, this.#sourceService);
        return;
      case 21: // destination_service
        this.#once(field);
        scanService(reader, this.#destinationService);
        return;
      case 26: // is_reply
        this.#once(field);
        record.isReply = scanBool(reader) ? 2 : 1;
        return;
      case 34: // uuid
        this.#scanUuid();
        return;
      case 37: // node_labels
        this.#passNodeLabel();
        return;
      case 40: // ip_trace_id
        if (record.ipTraceIdEnd !== 0) reader.refuse();
        record.ipTraceIdStart = reader.start;
        record.ipTraceIdEnd = reader.position;
        flowShape.checkField(reader, tag);
        return;
      case 21_001: // egress_allowed_by
      case 21_002: // ingress_allowed_by
      case 21_004: // egress_denied_by
      case 21_005: // ingress_denied_by
        this.#passPolicy();
        return;
      case 100_000: // Summary
        record.summaryStart = reader.start;
        record.summaryEnd = reader.position;
        reader.checkText();
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

  #scanUuid(): void {
    const { record } = this;
    const reader = this.#reader;
    const { bytes, start, position } = reader;
    if (position - start === usualUuidLength && scanUuid(bytes, start, record)) {
      record.uuidForm = 1;
      record.uuidText = "";
      record.uuidStart = start;
      return;
    }
    reader.checkText();
    if (reader.isBad()) return;
    record.uuidForm = start === position ? 0 : 2;
    record.uuidText = reader.text();
    record.uuid0 = 0;
    record.uuid1 = 0;
    record.uuid2 = 0;
    record.uuid3 = 0;
    record.uuidStart = 0;
  }

  /** The lists of policies lie one behind the other, as every writer has them; else they are not one key. */
  #passPolicy(): void {
    const { record } = this;
    const reader = this.#reader;
    if (record.attributionEnd === 0) record.attributionStart = reader.fieldStart;
    else if (record.attributionEnd !== reader.fieldStart) reader.refuse();
    record.attributionEnd = reader.position;
  }

  /** The labels of the node, of which there are as many sets as nodes. */
  #passNodeLabel(): void {
    const { record } = this;
    const reader = this.#reader;
    reader.checkText();
    if (record.commonEnd === 0) record.commonStart = reader.fieldStart;
    else if (record.commonEnd !== reader.fieldStart) return;
    record.commonEnd = reader.position;
  }

  /**
   * Finds the numbers of the parts that are known, and checks those that are new: nothing gets a number before all of the
   * message is known to be well-formed, so that what is refused leaves nothing behind.
   */
  #findParts(): void {
    const { record } = this;
    record.source = this.#find(this.#endpoints, record.sourceStart, record.sourceEnd);
    record.destination = this.#find(this.#endpoints, record.destinationStart, record.destinationEnd);
    record.l7Record = this.#find(this.#l7Records, this.#request.start, this.#request.end);
    record.attribution = this.#find(this.#attributions, record.attributionStart, record.attributionEnd);
  }

  /** 0: it is absent, or new, and then the reader is bad if it is not what it must be. */
  #find({ shape, dictionary }: PartKind, start: number, end: number): number {
    if (end === 0) return 0;
    const reader = this.#reader;
    const { bytes } = reader;
    if (start < end && bytes[start] === brace) return reader.refuse();
    const known = dictionary.find(bytes, start, end);
    if (known !== 0) return known;
    reader.position = start;
    reader.end = end;
    shape.check(reader);
    return 0;
  }

  #number(): void {
    const { record } = this;
    const { strings, endpoints, l7Records, attributions } = this.#dictionaries;
    const { bytes } = this.#reader;
    // A side that is not told is the endpoint without any fact, which nothing was written of.
    record.source ||= endpoints.intern(bytes, record.sourceStart, record.sourceEnd);
    record.destination ||= endpoints.intern(bytes, record.destinationStart, record.destinationEnd);
    const { start, end } = this.#request;
    if (end > 0) record.l7Record ||= l7Records.intern(bytes, start, end);
    const { attributionStart, attributionEnd } = record;
    if (attributionEnd > 0)
      record.attribution ||= attributions.intern(bytes, attributionStart, attributionEnd);
    record.sourceIp = this.#addresses.source.intern(strings, bytes);
    record.destinationIp = this.#addresses.destination.intern(strings, bytes);
    record.sourceNames = this.#sourceNames.intern(strings, bytes);
    record.destinationNames = this.#destinationNames.intern(strings, bytes);
    record.sourceService = this.#sourceService.intern(strings, bytes);
    record.destinationService = this.#destinationService.intern(strings, bytes);
    this.#nameNode();
    if (this.#dropReason !== 0) {
      const name = dropReasonBytes(this.#dropReason);
      record.dropReason = strings.intern(name, 0, name.length);
    }
  }

  /** The name that the flow says, else that which is said beside it. */
  #nameNode(): void {
    const { record } = this;
    const { strings } = this.#dictionaries;
    const { bytes } = this.#reader;
    const { nodeNameStart, nodeNameEnd, senderNameStart, senderNameEnd } = record;
    if (nodeNameEnd > nodeNameStart) {
      record.nodeName = strings.intern(bytes, nodeNameStart, nodeNameEnd);
      if (this.#isNodeName(senderNameStart, senderNameEnd)) return;
    } else {
      record.nodeNameEnd = 0;
      if (senderNameEnd > senderNameStart) {
        record.nodeName = strings.intern(bytes, senderNameStart, senderNameEnd);
        return;
      }
    }
    record.senderNameEnd = 0;
  }

  #isNodeName(start: number, end: number): boolean {
    const { bytes } = this.#reader;
    const { nodeNameStart, nodeNameEnd } = this.record;
    if (nodeNameEnd - nodeNameStart !== end - start) return false;
    const away = nodeNameStart - start;
    for (let at = start; at < end; at++) if (bytes[at] !== bytes[at + away]) return false;
    return true;
  }
}
