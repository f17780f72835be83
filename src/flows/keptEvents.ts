import { bufferView } from "./bufferView.ts";
import { ByteSegments } from "./byteSegments.ts";
import type { FlowRecord } from "./flowRecord.ts";

/** What is cut out of raw events, as it is held elsewhere; the numbers are written into the kept bytes. */
export const cutParts = {
  source: 1,
  destination: 2,
  uuid: 3,
  attribution: 4,
  common: 5,
  nodeName: 6,
  sourceIp: 7,
  destinationIp: 8,
  l7Record: 9,
} as const;

/** One of {@link cutParts}. */
export type CutPart = (typeof cutParts)[keyof typeof cutParts];

const uuidLength = 36;
/** A cut's header is 16 bits: its part in four, and how many kept bytes lie between it and the cut before it. */
const gapBits = 12;
const longestGap = (1 << gapBits) - 1;
const mostCuts = 10;

/**
 * Keeps raw events without the parts that are held elsewhere, and gives them back as they came. What is kept of one: how
 * many parts are cut out (one byte), a header of two bytes for each, in their order in the event, then the rest.
 */
export class KeptEvents {
  readonly #segments = new ByteSegments();
  readonly #parts = new Uint8Array(mostCuts);
  readonly #starts = new Uint32Array(mostCuts);
  readonly #ends = new Uint32Array(mostCuts);
  #cuts = 0;
  /** Where the event of the last {@link keep} lies. */
  place = 0;

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#segments.bytes;
  }

  /**
   * Keeps an event, at {@link place}, and answers how many bytes that takes; 0 when there is none. Cut out is what the
   * record says where it lies: {@link read} needs it back.
   */
  keep(record: FlowRecord, raw: Uint8Array | undefined): number {
    if (!raw || raw.length === 0) {
      this.place = this.#segments.end;
      return 0;
    }
    const rest = this.#findCuts(record, raw.length);
    const length = 1 + 2 * this.#cuts + rest;
    const offset = this.#segments.reserve(length);
    this.place = this.#segments.newestPlace + offset;
    this.#write(raw, this.#segments.newest, offset);
    return length;
  }

  /**
   * The event that lies there in so many bytes, as it came; put together in `room`, if it is there and large enough. Valid
   * until the next {@link keep}; not to be written.
   */
  read(
    place: number,
    length: number,
    partBytes: (part: CutPart) => Uint8Array,
    room: Uint8Array | undefined,
  ): Uint8Array {
    const segment = this.#segments.viewAt(place);
    const start = this.#segments.offsetOf(place);
    const cuts = segment.getUint8(start);
    let from = start + 1 + 2 * cuts;
    if (cuts === 0) return new Uint8Array(segment.buffer, from, start + length - from);
    const parts: Uint8Array[] = [];
    let whole = length - 1 - 2 * cuts;
    for (let index = 0; index < cuts; index++) {
      const part = partBytes((segment.getUint16(start + 1 + 2 * index) >>> gapBits) as CutPart);
      whole += part.length;
      parts.push(part);
    }
    const event = room && room.length >= whole ? room.subarray(0, whole) : new Uint8Array(whole);
    const view = bufferView(event);
    const base = event.byteOffset;
    let into = 0;
    for (const [index, part] of parts.entries()) {
      const gap = segment.getUint16(start + 1 + 2 * index) & longestGap;
      copyBytes(segment, from, gap, view, base + into);
      from += gap;
      into += gap;
      event.set(part, into);
      into += part.length;
    }
    copyBytes(segment, from, start + length - from, view, base + into);
    return event;
  }

  /** Drops what was kept before this place, as far as it fills whole segments. */
  dropBefore(place: number): void {
    this.#segments.dropBefore(place);
  }

  clear(): void {
    this.#segments.clear();
  }

  /**
   * Finds the cuts in their order; none where they cannot be, or are too far apart for their headers. Answers how many bytes
   * are left.
   */
  #findCuts(record: FlowRecord, length: number): number {
    this.#cuts = 0;
    this.#cut(cutParts.sourceIp, record.sourceIpStart, record.sourceIpEnd);
    this.#cut(cutParts.destinationIp, record.destinationIpStart, record.destinationIpEnd);
    this.#cut(cutParts.source, record.sourceStart, record.sourceEnd);
    this.#cut(cutParts.destination, record.destinationStart, record.destinationEnd);
    const { uuidStart } = record;
    this.#cut(cutParts.nodeName, record.nodeNameStart, record.nodeNameEnd);
    this.#cut(cutParts.l7Record, record.l7RecordStart, record.l7RecordEnd);
    this.#cut(cutParts.uuid, uuidStart, uuidStart === 0 ? 0 : uuidStart + uuidLength);
    this.#cut(cutParts.common, record.commonStart, record.commonEnd);
    this.#cut(cutParts.attribution, record.attributionStart, record.attributionEnd);
    this.#cut(cutParts.nodeName, record.senderNameStart, record.senderNameEnd);
    const starts = this.#starts;
    const ends = this.#ends;
    let from = 0;
    let rest = length;
    for (let index = 0; index < this.#cuts; index++) {
      const start = starts[index] ?? 0;
      const end = ends[index] ?? 0;
      if (start < from || start - from > longestGap || end > length) {
        this.#cuts = 0;
        return length;
      }
      rest -= end - start;
      from = end;
    }
    return rest;
  }

  #cut(part: CutPart, start: number, end: number): void {
    if (end <= start) return;
    let index = this.#cuts;
    for (; index > 0 && (this.#starts[index - 1] ?? 0) > start; index--) {
      this.#parts[index] = this.#parts[index - 1] ?? 0;
      this.#starts[index] = this.#starts[index - 1] ?? 0;
      this.#ends[index] = this.#ends[index - 1] ?? 0;
    }
    this.#parts[index] = part;
    this.#starts[index] = start;
    this.#ends[index] = end;
    this.#cuts += 1;
  }

  #write(raw: Uint8Array, segment: DataView, start: number): void {
    const view = bufferView(raw);
    const cuts = this.#cuts;
    const starts = this.#starts;
    const ends = this.#ends;
    const base = raw.byteOffset;
    segment.setUint8(start, cuts);
    let into = start + 1 + 2 * cuts;
    let from = 0;
    for (let index = 0; index < cuts; index++) {
      const gap = (starts[index] ?? 0) - from;
      segment.setUint16(start + 1 + 2 * index, ((this.#parts[index] ?? 0) << gapBits) | gap);
      copyBytes(view, base + from, gap, segment, into);
      into += gap;
      from = ends[index] ?? 0;
    }
    copyBytes(view, base + from, raw.length - from, segment, into);
  }
}

/** For stretches of some hundred bytes this costs less than making arrays of them to hand to `set`. */
function copyBytes(source: DataView, from: number, length: number, target: DataView, into: number): void {
  const away = into - from;
  const end = from + length;
  let at = from;
  for (; at + 4 <= end; at += 4) target.setInt32(at + away, source.getInt32(at, true), true);
  for (; at < end; at++) target.setUint8(at + away, source.getUint8(at));
}
