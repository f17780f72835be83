import { isUtf8 } from "node:buffer";

/** How a field is written, by the lowest three bits of its tag. */
export const wireTypes = { varint: 0, fixed64: 1, length: 2, group: 3, groupEnd: 4, fixed32: 5 } as const;

/** Groups in groups of fields that nobody knows: what is deeper is called bad. Nothing that is sent has any. */
const maxGroupDepth = 16;

const noBytes = new Uint8Array();

/**
 * Reads protobuf's wire format where it lies, without allocating. Nothing throws: what cannot be read makes the reader
 * {@link isBad bad}, from then on it is at its end, and whatever it answered is to be thrown away. It never reads outside of its
 * bounds.
 */
export class WireReader {
  bytes: Uint8Array = noBytes;
  /** Where the next byte is read, and where the message that is being read ends. */
  position = 0;
  end = 0;
  /** The words of the last {@link varint64}, each as 32 bits with a sign. */
  low = 0;
  high = 0;
  #bad = false;

  /** Begins anew with a message that is these bytes, from `start` to `end`. */
  open(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
    this.#bad = false;
  }

  /** Was anything malformed since {@link open}? */
  isBad(): boolean {
    return this.#bad;
  }

  /** Goes into a sub-message of which the tag was read, and answers what {@link leave} needs to come back. */
  enter(): number {
    const end = this.end;
    this.end = this.stop();
    return end;
  }

  /** Goes behind the sub-message that is being read, into the message around it, which ends at `end`. */
  leave(end: number): void {
    this.position = this.end;
    this.end = end;
  }

  /** Calls what is read bad, and goes to its end. Answers 0. */
  refuse(): number {
    this.#bad = true;
    this.position = this.end;
    return 0;
  }

  /** The next tag, which is 8 times the field's number and the wire type; 0 at the end of the message, or when bad. */
  tag(): number {
    const position = this.position;
    if (this.#bad || position >= this.end) return 0;
    const first = this.bytes[position] ?? 0;
    if (first < 0x80) {
      this.position = position + 1;
      // A field's number is not 0.
      return first < 8 ? this.refuse() : first;
    }
    const tag = this.varint() >>> 0;
    const length = this.position - position;
    // A tag has 32 bits.
    if (length > 5 || (length === 5 && (this.bytes[position + 4] ?? 0) > 0x0f)) return this.refuse();
    return tag < 8 ? this.refuse() : tag;
  }

  /** The lower 32 bits of a varint, with a sign: as they are for `int32` and enumerations, `>>> 0` for `uint32`. */
  varint(): number {
    const { bytes, end } = this;
    let position = this.position;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      if (position >= end) return this.refuse();
      const byte = bytes[position++] ?? 0;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = position;
        return value;
      }
    }
    // What is left is beyond 32 bits: up to five bytes, as negative numbers have them.
    for (let more = 0; more < 5 && position < end; more++) {
      if ((bytes[position++] ?? 0) < 0x80) {
        this.position = position;
        return value;
      }
    }
    return this.refuse();
  }

  /** A boolean. One that takes more than a byte is nothing that is sent, and bad. */
  bool(): boolean {
    const value = this.position < this.end ? (this.bytes[this.position] ?? 0) : 0x80;
    if (value >= 0x80) return this.refuse() !== 0;
    this.position += 1;
    return value !== 0;
  }

  /** Reads a varint of 64 bits into {@link low} and {@link high}. */
  varint64(): void {
    this.low = 0;
    this.high = 0;
    for (let index = 0; index < 10; index++) {
      if (this.position >= this.end) break;
      const byte = this.bytes[this.position++] ?? 0;
      const bits = byte & 0x7f;
      if (index < 4) this.low |= bits << (7 * index);
      else if (index > 4) this.high |= bits << (7 * index - 32);
      else {
        this.low |= bits << 28;
        this.high |= bits >>> 4;
      }
      if (byte < 0x80) return;
    }
    this.refuse();
  }

  /** A `uint64` as the nearest number. */
  uint64(): number {
    this.varint64();
    return (this.high >>> 0) * 0x1_0000_0000 + (this.low >>> 0);
  }

  /** An `int64` as the nearest number. */
  int64(): number {
    this.varint64();
    return this.high * 0x1_0000_0000 + (this.low >>> 0);
  }

  /** Reads the length of a field and answers where it ends; {@link position} is then where it begins. */
  stop(): number {
    const position = this.position;
    const first = position < this.end ? (this.bytes[position] ?? 0) : 0x80;
    let length = first;
    if (first < 0x80) this.position = position + 1;
    else length = this.varint() >>> 0;
    const stop = this.position + length;
    if (stop <= this.end) return stop;
    this.refuse();
    return this.position;
  }

  /** Goes behind a field of which only the tag was read. */
  skip(tag: number): void {
    this.#skip(tag, 0);
  }

  /** The text that lies there, which must be UTF-8 (see {@link isText}). */
  text(start: number, stop: number): string {
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, stop - start).toString("utf8");
  }

  #skip(tag: number, depth: number): void {
    switch (tag & 7) {
      case wireTypes.varint:
        this.varint();
        return;
      case wireTypes.fixed64:
        this.#skipBytes(8);
        return;
      case wireTypes.length:
        this.position = this.stop();
        return;
      case wireTypes.group:
        this.#skipGroup(tag >>> 3, depth);
        return;
      case wireTypes.fixed32:
        this.#skipBytes(4);
        return;
      default:
        this.refuse();
    }
  }

  #skipBytes(count: number): void {
    if (count > this.end - this.position) this.refuse();
    else this.position += count;
  }

  #skipGroup(field: number, depth: number): void {
    if (depth === maxGroupDepth) {
      this.refuse();
      return;
    }
    for (let tag = this.tag(); tag !== 0; tag = this.tag()) {
      if ((tag & 7) === wireTypes.groupEnd) {
        if (tag >>> 3 !== field) this.refuse();
        return;
      }
      this.#skip(tag, depth + 1);
    }
    // Nothing ended it.
    this.refuse();
  }
}

/** Are these bytes UTF-8, as protobuf demands of texts? */
export function isText(bytes: Uint8Array, start: number, stop: number): boolean {
  return isAscii(bytes, start, stop) || isUtf8(bytes.subarray(start, stop));
}

/** Is each of these bytes a character of its own? */
export function isAscii(bytes: Uint8Array, start: number, stop: number): boolean {
  let index = start;
  for (const last = stop - 4; index <= last; index += 4) {
    const four =
      (bytes[index] ?? 0) | (bytes[index + 1] ?? 0) | (bytes[index + 2] ?? 0) | (bytes[index + 3] ?? 0);
    if (four >= 0x80) return false;
  }
  for (; index < stop; index++) if ((bytes[index] ?? 0) >= 0x80) return false;
  return true;
}
