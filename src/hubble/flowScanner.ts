import { flowTypes, trafficDirections, verdicts } from "../flows/flow.ts";
import type { FlowDictionaries } from "../flows/flowDictionaries.ts";
import { FlowRecord } from "../flows/flowRecord.ts";
import { FlowParts, flowShape } from "./flowParts.ts";
import { GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { isJsonLine } from "./jsonpb.ts";
import { knownMember, scanBool, scanEventType, scanService, scanTime } from "./scanFields.ts";
import { scanIp, scanLayer4, scanLayer7 } from "./scanLayers.ts";
import { scanUuid, usualUuidLength } from "./scanUuid.ts";
import { WireReader, wireTypes } from "./wireFormat.ts";
import { WireShape } from "./wireShape.ts";

const responseShape = new WireShape(GetFlowsResponseSchema);

/**
 * Reads flows out of `observer.GetFlowsResponse` messages without decoding them: what is the same in many flows becomes a
 * number of the dictionaries, by its bytes. Allocates nothing for what the dictionaries know. Stricter than the full decoder
 * (`readResponse`), and equal to it in what it reads; rarities, such as a sub-message in two pieces, are left to that one.
 */
export class FlowScanner {
  /** The flow of the last {@link scan} that answered true; overwritten by the next. */
  readonly record = new FlowRecord();
  readonly #reader = new WireReader();
  readonly #parts: FlowParts;
  /** Which sub-messages came of those that may come but once, as bits by field. */
  #seen = 0;

  constructor(dictionaries: FlowDictionaries) {
    this.#parts = new FlowParts(dictionaries);
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
    if (!reader.isBad()) this.#parts.find(reader, this.record);
    if (reader.isBad()) return false;
    this.#parts.number(reader.bytes, this.record);
    return true;
  }

  #reset(): void {
    this.record.reset();
    this.#parts.clear();
    this.#seen = 0;
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
        this.#parts.dropReason = value;
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
        scanIp(reader, record, this.#parts.addresses);
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
        this.#parts.sourceNames.add(reader.bytes, reader.start, reader.position);
        reader.checkText();
        return;
      case 14: // destination_names
        this.#parts.destinationNames.add(reader.bytes, reader.start, reader.position);
        reader.checkText();
        return;
      case 15: // l7
        this.#once(field);
        scanLayer7(reader, record, this.#parts.request);
        return;
      case 19: // event_type
        this.#once(field);
        scanEventType(reader, record);
        return;
      case 20: // source_service
        this.#once(field);
        scanService(reader, this.#parts.sourceService);
        return;
      case 21: // destination_service
        this.#once(field);
        scanService(reader, this.#parts.destinationService);
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
}
