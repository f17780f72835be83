import { isUtf8 } from "node:buffer";
import { bufferView } from "../flows/bufferView.ts";

/** How a field is written, by the lowest three bits of its tag. */
export const wireTypes = { varint: 0, fixed64: 1, length: 2, group: 3, groupEnd: 4, fixed32: 5 } as const;

/** Groups in groups of fields that nobody knows: what is deeper is called bad. Nothing that is sent has any. */
const maxGroupDepth = 16;

/** In each byte of a word the bit that characters of ASCII do not have. */
const highBits = 0x80808080;

const noBytes = new Uint8Array();

/**
 * Reads protobuf's wire format where it lies, field by field, without allocating. Nothing throws: what cannot be read makes
 * the reader bad, from then on it is at its end, and whatever it answered is to be thrown away. It never reads outside of
 * its bounds.
 */
export class WireReader {
  bytes: Uint8Array = noBytes;
  /** Where the last field begins, tag and all; it ends at {@link position}. */
  fieldStart = 0;
  /** Where the content of the last field begins, if its wire type is `length`; it ends at {@link position}. */
  start = 0;
  /** Where the next field begins, and where the message that is being read ends. */
  position = 0;
  end = 0;
  /**
   * The words of the last field if its wire type is `varint`, each as 32 bits with a sign. The low one is the value as it is
   * of an `int32` or an enumeration, and `>>> 0` of a `uint32`.
   */
  low = 0;
  high = 0;
  #view = bufferView(noBytes);
  #base = 0;
  #bad = false;
  /** In how many groups the reader is. */
  #depth = 0;

  /** Begins anew with a message that is these bytes, from `start` to `end`. */
  open(bytes: Uint8Array, start = 0, end = bytes.length): void {
    this.bytes = bytes;
    this.#view = bufferView(bytes);
    this.#base = bytes.byteOffset;
    this.position = start;
    this.end = end;
    this.#bad = false;
    this.#depth = 0;
  }

  /** Was anything malformed since {@link open}? */
  isBad(): boolean {
    return this.#bad;
  }

  /** Calls what is read bad, and goes to its end. Answers 0. */
  refuse(): number {
    this.#bad = true;
    this.position = this.end;
    this.start = this.end;
    return 0;
  }

  /**
   * Reads the next field and goes behind it: its number times 8 and its wire type are the answer, its tag. 0 at the end of
   * the message, or when bad.
   */
  next(): number {
    const { bytes, end } = this;
    let position = this.position;
    if (position >= end) return 0;
    this.fieldStart = position;
    let tag = bytes[position++] ?? 0;
    if (tag >= 0x80) {
      const second = position < end ? (bytes[position] ?? 0) : 0x80;
      if (second >= 0x80) return this.#longTag();
      position++;
      tag = (tag & 0x7f) | (second << 7);
    }
    // A field's number is not 0.
    return tag < 8 ? this.refuse() : this.#field(tag, position);
  }

  /** Goes into the sub-message that is the last field, and answers what {@link leave} needs to come back. */
  enter(): number {
    const { end } = this;
    this.end = this.position;
    this.position = this.start;
    return end;
  }

  /** Goes behind the sub-message that is being read, into the message around it, which ends at `end`. */
  leave(end: number): void {
    this.position = this.#bad ? end : this.end;
    this.end = end;
  }

  /** Does the last field, of wire type `length`, hold UTF-8, as protobuf demands of texts? If not, that is bad. */
  checkText(): void {
    if (!this.isAscii() && !isUtf8(this.bytes.subarray(this.start, this.position))) this.refuse();
  }

  /** Is each byte of the last field, of wire type `length`, a character of its own? */
  isAscii(): boolean {
    const view = this.#view;
    const from = this.#base + this.start;
    const end = this.#base + this.position;
    const last = end - 4;
    let bits = 0;
    if (from > last) {
      for (let at = from; at < end; at++) bits |= view.getUint8(at);
    } else {
      // Whole words, the last of which may lie over the one before it.
      bits = view.getInt32(last, true);
      for (let at = from; at < last; at += 4) bits |= view.getInt32(at, true);
    }
    return (bits & highBits) === 0;
  }

  /** The last field as a boolean. */
  bool(): boolean {
    return (this.low | this.high) !== 0;
  }

  /** The last field as a `uint64`, to the nearest number. */
  uint64(): number {
    return (this.high >>> 0) * 0x1_0000_0000 + (this.low >>> 0);
  }

  /** The last field as an `int64`, to the nearest number. */
  int64(): number {
    return this.high * 0x1_0000_0000 + (this.low >>> 0);
  }

  /** The bytes of the last field as text, which must be UTF-8. */
  text(): string {
    const { bytes, start, position } = this;
    return Buffer.from(bytes.buffer, bytes.byteOffset + start, position - start).toString("utf8");
  }

  /** A tag of more than two bytes. */
  #longTag(): number {
    const start = this.position;
    if (!this.#varint(start)) return 0;
    const length = this.position - start;
    // A tag has 32 bits.
    if (this.high !== 0 || length > 5) return this.refuse();
    const tag = this.low >>> 0;
    return tag < 8 ? this.refuse() : this.#field(tag, this.position);
  }

  /** Reads what is behind a tag. */
  #field(tag: number, position: number): number {
    switch (tag & 7) {
      case wireTypes.varint: {
        const value = position < this.end ? (this.bytes[position] ?? 0) : 0x80;
        if (value >= 0x80) return this.#varint(position) ? tag : 0;
        this.low = value;
        this.high = 0;
        this.position = position + 1;
        return tag;
      }
      case wireTypes.length: {
        const { bytes, end } = this;
        let length = position < end ? (bytes[position] ?? 0) : 0x80;
        let start = position + 1;
        if (length >= 0x80) {
          if (!this.#varint(position)) return 0;
          if (this.high !== 0) return this.refuse();
          length = this.low >>> 0;
          start = this.position;
        }
        if (length > end - start) return this.refuse();
        this.start = start;
        this.position = start + length;
        return tag;
      }
      default:
        return this.#skip(tag, position);
    }
  }

  /** Reads a varint that begins there, of up to 64 bits in up to ten bytes. */
  #varint(from: number): boolean {
    const { bytes, end } = this;
    let position = from;
    let low = 0;
    for (let shift = 0; shift < 28 && position < end; shift += 7) {
      const byte = bytes[position++] ?? 0;
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.#varintEnd(position, low, 0);
    }
    const fifth = position < end ? (bytes[position++] ?? 0) : 0x80;
    low |= fifth << 28;
    let high = (fifth & 0x7f) >> 4;
    if (fifth < 0x80) return this.#varintEnd(position, low, high);
    for (let shift = 3; shift < 32 && position < end; shift += 7) {
      const byte = bytes[position++] ?? 0;
      high |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.#varintEnd(position, low, high);
    }
    this.refuse();
    return false;
  }

  #varintEnd(position: number, low: number, high: number): boolean {
    this.position = position;
    this.low = low;
    this.high = high;
    return true;
  }

  /** Goes behind what no type of a flow has: a field of a fixed size, a group. */
  #skip(tag: number, position: number): number {
    this.position = position;
    switch (tag & 7) {
      case wireTypes.fixed64:
        return this.#skipBytes(8) ? tag : 0;
      case wireTypes.fixed32:
        return this.#skipBytes(4) ? tag : 0;
      case wireTypes.group:
        return this.#skipGroup(tag >>> 3) ? tag : 0;
      default:
        // The end of a group is for the group; there are no other wire types.
        return (tag & 7) === wireTypes.groupEnd && this.#depth > 0 ? tag : this.refuse();
    }
  }

  #skipBytes(count: number): boolean {
    if (count > this.end - this.position) this.refuse();
    else this.position += count;
    return !this.#bad;
  }

  #skipGroup(field: number): boolean {
    const { fieldStart } = this;
    this.#depth += 1;
    let tag = this.#depth > maxGroupDepth ? this.refuse() : this.next();
    while (tag !== 0 && (tag & 7) !== wireTypes.groupEnd) tag = this.next();
    this.#depth -= 1;
    this.fieldStart = fieldStart;
    if (tag >>> 3 !== field) this.refuse();
    return !this.#bad;
  }
}
