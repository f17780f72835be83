import { eventText } from "../flows/eventText.ts";
import { eventTypes, type Flow, layer4Protocols } from "../flows/flow.ts";
import type { FlowRecord } from "../flows/flowRecord.ts";
import { withoutEscapes } from "../flows/paint.ts";
import type { PrintOptions } from "../flows/printedFields.ts";
import { timeText } from "../flows/timeText.ts";
import { verdictText } from "../flows/verdictText.ts";
import { EndpointPieces } from "./endpointPieces.ts";
import type { ScannedFlow } from "./scannedFlow.ts";

/** A text that is printed again and again. */
interface Piece {
  readonly bytes: Uint8Array;
  /** As a host it stands in brackets before a port. */
  readonly hasColon: boolean;
}

const firstBytes = 1 << 12;
/** What a line takes beside its texts. */
const room = 128;

/** So many kinds of events are remembered; there are some hundreds. */
const mostEvents = 4096;
/** TCP, UDP and SCTP are the first three. */
const lastWithPorts = layer4Protocols.indexOf("SCTP");

const [toLeft, toRight, unknownWay] = ["<-", "->", "<>"].map((arrow) => Buffer.from(` ${arrow} `));
const nothing = new Uint8Array();
const stampLength = "Jan  2 03:04:05.".length;

const escape = 0x1b;
const carriageReturn = 0x0d;
const space = 0x20;
const colon = 0x3a;
const zero = 0x30;
const roundOpen = 0x28;
const roundClose = 0x29;
const squareOpen = 0x5b;
const squareClose = 0x5d;
/** The first byte of an HTTP record's field in `flow.Layer7`. */
const httpTag = 0xaa;

/**
 * Writes scanned flows as `compactLine` does, byte for byte, out of pieces that are made once: for each endpoint, kind of
 * event and verdict. What is rare, or coloured, it leaves to that.
 */
export class CompactBytes {
  readonly #options: PrintOptions;
  #dictionaries: ScannedFlow["dictionaries"] | undefined;
  #endpoints: EndpointPieces | undefined;
  /** Addresses, names and nodes, by their numbers. */
  #strings: (Piece | undefined)[] = [];
  readonly #events = new Map<number, Uint8Array>();
  readonly #verdicts = new Map<number, Uint8Array>();
  #seconds = 0;
  #stamp: Uint8Array = nothing;
  #out = Buffer.allocUnsafeSlow(firstBytes);
  #at = 0;

  constructor(options: PrintOptions) {
    this.#options = options;
  }

  /** The line of a flow, without a line end, in a buffer that the next call writes anew; `undefined`: it is left. */
  line(scanned: ScannedFlow): Uint8Array | undefined {
    const { record, dictionaries, raw } = scanned;
    const { color, policyNames, nodeName } = this.#options;
    if (color || record.hasIp === 0 || record.authType !== 0 || record.ipTraceIdEnd !== 0) return undefined;
    const isVerdict = record.eventType === eventTypes.policyVerdict;
    if (record.summaryEnd === record.summaryStart || (policyNames && isVerdict)) return undefined;
    if (dictionaries !== this.#dictionaries) this.#forget(dictionaries);
    const flow = scanned as Flow;
    const event = this.#event(flow, record);
    if (!event) return undefined;
    this.#at = 0;
    this.#time(record);
    if (nodeName) {
      this.#reserve(room);
      this.#out[this.#at++] = space;
      this.#out[this.#at++] = squareOpen;
      this.#put(this.#string(record.nodeName).bytes);
      this.#out[this.#at++] = squareClose;
    }
    this.#reserve(room);
    this.#out[this.#at++] = colon;
    this.#out[this.#at++] = space;
    const isReply = record.isReply === 2;
    this.#side(scanned, !isReply);
    this.#put((isReply ? toLeft : record.isReply === 1 ? toRight : unknownWay) ?? nothing);
    this.#side(scanned, isReply);
    this.#out[this.#at++] = space;
    this.#put(event);
    this.#out[this.#at++] = space;
    this.#put(this.#verdict(flow, record, isVerdict));
    this.#out[this.#at++] = space;
    this.#out[this.#at++] = roundOpen;
    if (!this.#summary(raw, record)) return undefined;
    this.#out[this.#at++] = roundClose;
    return this.#out.subarray(0, this.#at);
  }

  #forget(dictionaries: ScannedFlow["dictionaries"]): void {
    this.#dictionaries = dictionaries;
    this.#strings = [];
    this.#endpoints = new EndpointPieces(dictionaries);
  }

  #time(record: FlowRecord): void {
    this.#reserve(room);
    const { timeFormat } = this.#options;
    if (timeFormat !== "StampMilli" || (record.seconds === 0 && record.nanos === 0)) {
      this.#put(Buffer.from(timeText(record, timeFormat)));
      return;
    }
    if (record.seconds !== this.#seconds || this.#stamp === nothing) {
      this.#seconds = record.seconds;
      this.#stamp = Buffer.from(timeText(record, timeFormat)).subarray(0, stampLength);
    }
    this.#put(this.#stamp);
    this.#digits(Math.floor(record.nanos / 1_000_000), 3);
  }

  #side(scanned: ScannedFlow, isSource: boolean): void {
    const { record } = scanned;
    const endpoints = this.#endpoints;
    if (!endpoints) return;
    const number = isSource ? record.source : record.destination;
    const start = endpoints.start(number);
    const nameLength = endpoints.nameLength(number);
    // Types of ICMP stand where others have ports.
    const hasPort = record.protocol > 0 && record.protocol <= lastWithPorts;
    const port = !hasPort ? 0 : isSource ? record.sourcePort : record.destinationPort;
    const service = isSource ? record.sourceService : record.destinationService;
    const isOwnName = service === 0 || endpoints.isNamedWith(number, service);
    if (this.#options.ipTranslation && isOwnName && nameLength > 0 && !endpoints.hasColon(number)) {
      this.#copy(endpoints.bytes, start, start + nameLength);
    } else {
      const { bytes, hasColon } = this.#host(scanned, number, isSource);
      const brackets = hasColon && port !== 0;
      this.#reserve(room);
      if (brackets) this.#out[this.#at++] = squareOpen;
      this.#put(bytes);
      if (brackets) this.#out[this.#at++] = squareClose;
    }
    if (port !== 0) {
      this.#out[this.#at++] = colon;
      this.#number(port);
    }
    this.#out[this.#at++] = space;
    this.#copy(endpoints.bytes, start + nameLength, start + nameLength + endpoints.identityLength(number));
  }

  /** The pod's name, else the service's, else those of DNS, else the address. */
  #host(scanned: ScannedFlow, number: number, isSource: boolean): Piece {
    const { record } = scanned;
    if (this.#options.ipTranslation) {
      const service = isSource ? record.sourceService : record.destinationService;
      if (service !== 0 || this.#endpoints?.nameLength(number) !== 0) {
        const told = isSource ? scanned.sourceService : scanned.destinationService;
        const name = this.#endpoints?.nameWith(number, service, told);
        if (name) return piece(name);
      }
      const names = this.#string(isSource ? record.sourceNames : record.destinationNames);
      if (names.bytes.length > 0) return names;
    }
    return this.#string(isSource ? record.sourceIp : record.destinationIp);
  }

  #string(number: number): Piece {
    return (this.#strings[number] ??= piece(this.#dictionaries?.strings.get(number) ?? ""));
  }

  /** What kind of event it is; `undefined` for kinds that are rare. */
  #event(flow: Flow, record: FlowRecord): Uint8Array | undefined {
    const { eventType, hasL7, policyMatchType, trafficDirection } = record;
    let key: number;
    if (hasL7 !== 0) {
      const tag = this.#dictionaries?.l7Records.bytesAt(record.l7Record)?.[0];
      if (tag !== httpTag) return undefined;
      key = -1 - record.l7Type;
    } else if (eventType === eventTypes.policyVerdict) {
      key = (policyMatchType * 4 + trafficDirection) * 256 + eventType;
    } else if (eventType === eventTypes.trace || eventType === eventTypes.drop) {
      key = (record.eventSubType & 0xff) * 256 + eventType;
    } else return undefined;
    const known = this.#events.get(key);
    if (known) return known;
    const { bytes } = piece(eventText(flow));
    if (this.#events.size < mostEvents) this.#events.set(key, bytes);
    return bytes;
  }

  #verdict(flow: Flow, { verdict }: FlowRecord, isVerdict: boolean): Uint8Array {
    const key = isVerdict ? -1 - verdict : verdict;
    const known = this.#verdicts.get(key);
    if (known) return known;
    const { bytes } = piece(verdictText(flow, false));
    this.#verdicts.set(key, bytes);
    return bytes;
  }

  /** Copies the text as it came, unless a terminal would act on it. */
  #summary(raw: Uint8Array, { summaryStart, summaryEnd }: FlowRecord): boolean {
    this.#reserve(summaryEnd - summaryStart + room);
    const out = this.#out;
    let at = this.#at;
    for (let index = summaryStart; index < summaryEnd; index++) {
      const byte = raw[index] ?? 0;
      if (byte === escape || byte === carriageReturn) return false;
      out[at++] = byte;
    }
    this.#at = at;
    return true;
  }

  #put(bytes: Uint8Array): void {
    this.#copy(bytes, 0, bytes.length);
  }

  /** Copies bytes, which are few, and leaves room for some more. */
  #copy(bytes: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start + room);
    const out = this.#out;
    let at = this.#at;
    for (let index = start; index < end; index++) out[at++] = bytes[index] ?? 0;
    this.#at = at;
  }

  #number(number: number): void {
    let digits = 1;
    for (let bound = 10; number >= bound; bound *= 10) digits++;
    this.#digits(number, digits);
  }

  #digits(number: number, digits: number): void {
    let rest = number;
    for (let at = this.#at + digits - 1; at >= this.#at; at--) {
      const next = Math.floor(rest / 10);
      this.#out[at] = zero + rest - next * 10;
      rest = next;
    }
    this.#at += digits;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return;
    const out = Buffer.allocUnsafeSlow(2 * (this.#at + bytes));
    out.set(this.#out.subarray(0, this.#at));
    this.#out = out;
  }
}

function piece(text: string): Piece {
  return { bytes: Buffer.from(withoutEscapes(text)), hasColon: text.includes(":") };
}
