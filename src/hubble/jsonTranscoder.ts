import { Dictionary } from "../flows/dictionary.ts";
import { goJsonText } from "./declaredOrder.ts";
import { GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { type JsonField, type JsonTable, jsonTable, smallNumbers } from "./jsonTable.ts";

/** Where the fields of a message lie in the raw bytes, by their slot; an end of 0 is a field that is not there. */
interface Frame {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Thrown at the first byte that is not in the usual form, which is no complaint: who knows every form is asked then. */
const unusual = new Error("not in the form in which a relay writes it");

/** A response holds a flow, that a tunnel, that a layer 4, that a TCP header, that its flags. */
const deepest = 8;
const mostFields = 64;
/** What stands around a value at most, with the longest value that has a bound. */
const room = 256;
/** So much is remembered of endpoints, by their bytes, before all of it is forgotten. */
const rememberedBytes = 16 << 20;
const firstBytes = 1 << 16;

const quote = 0x22;
const comma = 0x2c;
const dot = 0x2e;
const zero = 0x30;
const letterZ = 0x5a;
const bracketOpen = 0x5b;
const bracketClose = 0x5d;
const braceOpen = 0x7b;
const braceClose = 0x7d;

const trueText = Buffer.from("true");
const falseText = Buffer.from("false");
const secondLength = "2025-07-26T21:36:30".length;
/** 9999-12-31T23:59:59Z. */
const maxSeconds = 253402300799;

/** 1 for the bytes that stand in JSON as they are: of ASCII all but controls, quotes, `\` and what Go escapes for HTML. */
const plain = new Uint8Array(256).map((_, byte) =>
  byte >= 0x20 && byte < 0x80 && !'"\\<>&'.includes(String.fromCharCode(byte)) ? 1 : 0,
);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Writes flows as lines of JSON straight from the bytes of their messages, byte for byte as `responseToJson` does, which
 * takes ten times as long. What it does not find in the usual form it leaves to that.
 */
export class JsonTranscoder {
  readonly #table = jsonTable(GetFlowsResponseSchema);
  readonly #frames: readonly Frame[] = Array.from({ length: deepest }, () => ({
    starts: new Int32Array(mostFields),
    ends: new Int32Array(mostFields),
  }));
  readonly #rememberedBytes: number;
  /** The JSON of endpoints by their bytes; nothing where one is not in the usual form. */
  #endpoints = this.#forgetEndpoints();
  #endpointTable: JsonTable | undefined;
  #raw: Uint8Array = new Uint8Array();
  #out = Buffer.allocUnsafeSlow(firstBytes);
  #at = 0;
  /** Where the reading of a varint ended. */
  #end = 0;
  #seconds = -1;
  /** The text of {@link #seconds}: flows of one second follow each other. */
  #secondText: Uint8Array = new Uint8Array();

  constructor(limits: { readonly rememberedBytes: number } = { rememberedBytes }) {
    this.#rememberedBytes = limits.rememberedBytes;
  }

  /**
   * The line of a flow, without a line end, in a buffer that the next call writes anew. `undefined` for everything that
   * is not a flow in the form in which relays write it.
   */
  line(raw: Uint8Array): Uint8Array | undefined {
    if (this.#endpoints.bytes > this.#rememberedBytes) this.#endpoints = this.#forgetEndpoints();
    this.#raw = raw;
    this.#at = 0;
    try {
      this.#message(this.#table, 0, raw.length, 0);
    } catch (error) {
      if (error === unusual) return undefined;
      throw error;
    }
    // Of what a response may be, a flow is declared first; whatever else it is, is rare.
    return this.#frames[0]?.ends[0] === 0 ? undefined : this.#out.subarray(0, this.#at);
  }

  #forgetEndpoints(): Dictionary<Uint8Array> {
    return new Dictionary((bytes) => this.#endpointText(bytes));
  }

  /** Finds where the fields lie, in whatever order, and then writes them in the order in which they are declared. */
  #message(table: JsonTable, start: number, end: number, depth: number): void {
    const frame = this.#frames[depth];
    if (!frame) throw unusual;
    this.#find(table, frame, start, end);
    const { starts, ends } = frame;
    this.#reserve(room);
    this.#out[this.#at++] = braceOpen;
    let isFirst = true;
    let hasOneOf = false;
    for (const field of table.fields) {
      const valueEnd = ends[field.slot] ?? 0;
      if (valueEnd === 0) continue;
      if (field.isOneOf) {
        if (hasOneOf) throw unusual;
        hasOneOf = true;
      }
      const before = this.#at;
      this.#reserve(room);
      if (!isFirst) this.#out[this.#at++] = comma;
      this.#put(field.key);
      const wasWritten = field.isList
        ? this.#list(field, starts[field.slot] ?? 0, valueEnd, depth)
        : this.#value(field, starts[field.slot] ?? 0, valueEnd, depth);
      if (wasWritten) isFirst = false;
      else this.#at = before;
    }
    this.#reserve(room);
    this.#out[this.#at++] = braceClose;
  }

  #find(table: JsonTable, { starts, ends }: Frame, start: number, end: number): void {
    const raw = this.#raw;
    ends.fill(0, 0, table.fields.length);
    let at = start;
    while (at < end) {
      const tagStart = at;
      let tag = raw[at++] ?? 0;
      if (tag >= 0x80) {
        tag = this.#shortVarint(tagStart, end);
        at = this.#end;
      }
      const number = tag >>> 3;
      if (number === 0 || tag > 0xffff_ffff) throw unusual;
      let valueStart = at;
      switch (tag & 7) {
        case 0:
          while ((raw[at++] ?? 0) >= 0x80) if (at - valueStart >= 10) throw unusual;
          break;
        case 1:
          at += 8;
          break;
        case 2: {
          let length = raw[at++] ?? 0;
          if (length >= 0x80) {
            length = this.#shortVarint(valueStart, end);
            at = this.#end;
          }
          valueStart = at;
          at += length;
          break;
        }
        case 5:
          at += 4;
          break;
        default:
          throw unusual;
      }
      if (at > end) throw unusual;
      const field = number < smallNumbers ? table.bySmallNumber[number] : table.byNumber.get(number);
      if (!field) continue;
      if (field.wireType !== (tag & 7)) throw unusual;
      const { slot } = field;
      if (ends[slot] === 0) starts[slot] = field.isList ? tagStart : valueStart;
      // The items of a list may lie apart, and parts of a message too: they would have to be put together.
      else if (!field.isList || ends[slot] !== tagStart) throw unusual;
      ends[slot] = at;
    }
  }

  /** Writes the items of a list, which lie one after the other with a tag before each. */
  #list(field: JsonField, start: number, end: number, depth: number): true {
    const raw = this.#raw;
    this.#out[this.#at++] = bracketOpen;
    for (let at = start; at < end; ) {
      if (at !== start) this.#out[this.#at++] = comma;
      while ((raw[at] ?? 0) >= 0x80) at++;
      const itemStart = at + 1;
      const length = this.#shortVarint(itemStart, end);
      at = this.#end + length;
      if (field.kind === "text") this.#text(at - length, at);
      else this.#value(field, at - length, at, depth);
      this.#reserve(room);
    }
    this.#out[this.#at++] = bracketClose;
    return true;
  }

  /** Writes a value, or nothing where its type's nothing is not written; answers whether it did. */
  #value(field: JsonField, start: number, end: number, depth: number): boolean {
    switch (field.kind) {
      case "text":
        if (start === end) return false;
        this.#text(start, end);
        return true;
      case "name": {
        const number = this.#shortVarint(start, end);
        if (number === 0) return false;
        if (number > 0x7fff_ffff) throw unusual;
        const name = field.names[number];
        if (name) this.#put(name);
        else this.#number(number);
        return true;
      }
      case "uint32":
      case "int32": {
        const number = this.#shortVarint(start, end);
        if (number === 0) return false;
        if (number > (field.kind === "int32" ? 0x7fff_ffff : 0xffff_ffff)) throw unusual;
        this.#number(number);
        return true;
      }
      case "uint64":
        return this.#longNumber(start, end);
      case "switch":
        if (end - start !== 1) throw unusual;
        if (this.#raw[start] === 0) return false;
        this.#put(trueText);
        return true;
      case "wrappedSwitch":
        this.#put(this.#wrappedSwitch(start, end) ? trueText : falseText);
        return true;
      case "time":
        this.#time(start, end);
        return true;
      case "message":
        if (!field.table) throw unusual;
        if (field.isRemembered) this.#endpoint(field.table, start, end);
        else this.#message(field.table, start, end, depth + 1);
        return true;
      case "unusual":
        throw unusual;
    }
  }

  #endpoint(table: JsonTable, start: number, end: number): void {
    this.#endpointTable = table;
    const text = this.#endpoints.get(this.#endpoints.intern(this.#raw, start, end));
    if (!text || text.length === 0) throw unusual;
    this.#reserve(text.length + room);
    this.#out.set(text, this.#at);
    this.#at += text.length;
  }

  /** Makes the text of an endpoint, in the midst of writing a flow. */
  #endpointText(bytes: Uint8Array): Uint8Array {
    const [raw, at] = [this.#raw, this.#at];
    this.#raw = bytes;
    try {
      if (this.#endpointTable) this.#message(this.#endpointTable, 0, bytes.length, deepest - 2);
      return Uint8Array.prototype.slice.call(this.#out, at, this.#at);
    } catch (error) {
      if (error === unusual) return new Uint8Array();
      throw error;
    } finally {
      this.#raw = raw;
      this.#at = at;
    }
  }

  #text(start: number, end: number): void {
    this.#reserve(end - start + room);
    const [raw, out] = [this.#raw, this.#out];
    let to = this.#at;
    out[to++] = quote;
    for (let from = start; from < end; from++) {
      const byte = raw[from] ?? 0;
      if (plain[byte] === 0) {
        this.#escapedText(start, end);
        return;
      }
      out[to++] = byte;
    }
    out[to++] = quote;
    this.#at = to;
  }

  #escapedText(start: number, end: number): void {
    let text: string;
    try {
      text = utf8.decode(this.#raw.subarray(start, end));
    } catch (error) {
      if (error instanceof TypeError) throw unusual;
      throw error;
    }
    const bytes = Buffer.from(goJsonText(text));
    this.#reserve(bytes.length + room);
    this.#out.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #time(start: number, end: number): void {
    let [seconds, nanos] = [0, 0];
    for (let at = start; at < end; at = this.#end) {
      const tag = this.#raw[at];
      if (tag === 0x08) seconds = this.#shortVarint(at + 1, end);
      else if (tag === 0x10) nanos = this.#shortVarint(at + 1, end);
      else throw unusual;
    }
    if (seconds > maxSeconds || nanos > 999_999_999) throw unusual;
    if (seconds !== this.#seconds) {
      this.#seconds = seconds;
      this.#secondText = Buffer.from(`"${new Date(seconds * 1000).toISOString().slice(0, secondLength)}`);
    }
    this.#put(this.#secondText);
    if (nanos > 0) {
      this.#out[this.#at++] = dot;
      if (nanos % 1_000_000 === 0) this.#digits(nanos / 1_000_000, 3);
      else if (nanos % 1000 === 0) this.#digits(nanos / 1000, 6);
      else this.#digits(nanos, 9);
    }
    this.#out[this.#at++] = letterZ;
    this.#out[this.#at++] = quote;
  }

  #wrappedSwitch(start: number, end: number): boolean {
    if (start === end) return false;
    if (end - start !== 2 || this.#raw[start] !== 0x08) throw unusual;
    const value = this.#raw[start + 1] ?? 0;
    if (value > 1) throw unusual;
    return value === 1;
  }

  /** A 64-bit number is text in JSON. */
  #longNumber(start: number, end: number): boolean {
    let number = 0;
    let long = 0n;
    for (let at = start, shift = 0; at < end; at++, shift += 7) {
      const bits = (this.#raw[at] ?? 0) & 0x7f;
      if (shift < 49) number += bits * 2 ** shift;
      else long |= BigInt(bits) << BigInt(shift);
    }
    if (long > 0n) {
      long = BigInt.asUintN(64, long + BigInt(number));
      this.#put(Buffer.from(`"${long}"`));
      return long !== 0n;
    }
    if (number === 0) return false;
    this.#out[this.#at++] = quote;
    this.#number(number);
    this.#out[this.#at++] = quote;
    return true;
  }

  /** Reads a varint of at most five bytes, which may have more than 32 bits; sets {@link #end}. */
  #shortVarint(start: number, end: number): number {
    const raw = this.#raw;
    let number = 0;
    for (let at = start, scale = 1; at < end && at < start + 5; at++, scale *= 128) {
      const byte = raw[at] ?? 0;
      number += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        this.#end = at + 1;
        return number;
      }
    }
    throw unusual;
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

  /** Writes short bytes, for which there is room. */
  #put(bytes: Uint8Array): void {
    const out = this.#out;
    let at = this.#at;
    for (let index = 0; index < bytes.length; index++) out[at++] = bytes[index] ?? 0;
    this.#at = at;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#out.length) return;
    const out = Buffer.allocUnsafeSlow(2 * (this.#at + bytes));
    out.set(this.#out.subarray(0, this.#at));
    this.#out = out;
  }
}
