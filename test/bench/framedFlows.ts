import { EndpointSchema, FlowSchema, TrafficDirection } from "../../src/hubble/gen/flow/flow_pb.js";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { fieldsOf, readVarint, type WireField } from "./wireFields.ts";

/** Of a timestamp: the least nanoseconds that take five bytes, so that any such can be written over any other. */
const leastNanos = 1 << 28;
/** Of an HTTP/2 frame; behind it come a byte that says "not compressed" and the length of the message. */
const frameHeaderBytes = 9;
const prefixBytes = frameHeaderBytes + 5;
/** The longest frame that everybody takes. */
const maxFrameBytes = 16_384;

const response = GetFlowsResponseSchema.field;
const flow = FlowSchema.field;
const ingress: number = TrafficDirection.INGRESS;

/** Messages from one to before another, for one HTTP/2 stream. */
export interface Range {
  readonly from: number;
  readonly end: number;
  readonly stream: number;
}

/** Whole DATA frames. */
export interface Frames {
  readonly bytes: Buffer;
  /** What they count for in windows. */
  readonly dataBytes: number;
}

/** How copies of the same flows are made into flows of their own. */
export interface Stamp extends Range {
  /** When the first of them happens, in ms since 1970; each further one is 1 µs later. */
  readonly nowMs: number;
  /** Makes the uuids; the next flow has the next number. */
  readonly sequence: number;
  /** Does each flow come from a pod of its own? */
  readonly newPods: boolean;
}

/**
 * Messages as they go over HTTP/2, each in a DATA frame of its own, all in one buffer; and where each tells its time, uuid
 * and pod, so that copies of them can be told apart.
 */
export class FramedFlows {
  readonly #bytes: Buffer;
  /** Where each message's frame begins, and the end of the last. */
  readonly #starts: Float64Array;
  /** Where the times of the flow and of the message, the uuid, and the end of the local pod's name lie in a frame. */
  readonly #places: Int32Array;

  /** Messages as `realisticFlows` makes them; nanoseconds that take fewer than five bytes become others. */
  constructor(messages: readonly Uint8Array[]) {
    const whole = messages.map(withLongTimes);
    const starts = new Float64Array(whole.length + 1);
    for (const [index, { length }] of whole.entries()) {
      starts[index + 1] = (starts[index] ?? 0) + prefixBytes + length;
    }
    const bytes = Buffer.allocUnsafe(starts[whole.length] ?? 0);
    const places = new Int32Array(whole.length * 4);
    for (const [index, message] of whole.entries()) {
      const start = starts[index] ?? 0;
      if (message.length + prefixBytes > maxFrameBytes) throw new Error("a message is too long for a frame");
      bytes.fill(0, start, start + prefixBytes);
      bytes.writeUIntBE(message.length + prefixBytes - frameHeaderBytes, start, 3);
      bytes.writeUInt32BE(message.length, start + prefixBytes - 4);
      bytes.set(message, start + prefixBytes);
      places.set(
        findPlaces(message).map((place) => (place < 0 ? place : place + prefixBytes)),
        index * 4,
      );
    }
    this.#bytes = bytes;
    this.#starts = starts;
    this.#places = places;
  }

  get length(): number {
    return this.#starts.length - 1;
  }

  /** Copies the messages as they are. */
  frames({ from, end, stream }: Range): Frames {
    const bytes = Buffer.from(this.#bytes.subarray(this.#starts[from], this.#starts[end]));
    const first = this.#starts[from] ?? 0;
    for (let index = from; index < end; index++) {
      bytes.writeUInt32BE(stream, (this.#starts[index] ?? 0) - first + frameHeaderBytes - 4);
    }
    return { bytes, dataBytes: bytes.length - (end - from) * frameHeaderBytes };
  }

  /** How many messages from this one on have no more than so many bytes of data in all. */
  countWithin(from: number, dataBytes: number): number {
    let end = from;
    const bytesTo = (next: number) =>
      (this.#starts[next] ?? 0) - (this.#starts[from] ?? 0) - (next - from) * frameHeaderBytes;
    while (end < this.length && bytesTo(end + 1) <= dataBytes) end++;
    return end - from;
  }

  /** Copies messages, each as a flow of its own. */
  stamped({ nowMs, sequence, newPods, ...range }: Stamp): Frames {
    const frames = this.frames(range);
    const { bytes: copy } = frames;
    const { from, end } = range;
    const first = this.#starts[from] ?? 0;
    for (let index = from; index < end; index++) {
      const start = (this.#starts[index] ?? 0) - first;
      const number = sequence + index - from;
      const [flowTime = -1, messageTime = -1, uuid = -1, podEnd = -1] = this.#places.subarray(
        index * 4,
        index * 4 + 4,
      );
      const time = timeAt(nowMs + (index - from) / 1000);
      if (flowTime >= 0) writeTime(copy, start + flowTime, time);
      if (messageTime >= 0) writeTime(copy, start + messageTime, time);
      if (uuid >= 0) {
        writeHex(copy, start + uuid, mix(number));
        writeHex(copy, start + uuid + 28, mix(number + 0x5bd1e995));
      }
      if (newPods && podEnd >= 0) {
        copy.write(number.toString(36).padStart(5, "0").slice(-5), start + podEnd - 5, "latin1");
      }
    }
    return frames;
  }
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}

/** The message with times of twelve bytes each. */
function withLongTimes(message: Uint8Array): Uint8Array {
  const outer = [...fieldsOf(message, 0, message.length)];
  const parts = outer.map((field) => {
    if (field.number === response.time.number) return longTime(message, field);
    if (field.number !== response.flow.number) return message.subarray(field.start, field.end);
    const inner = [...fieldsOf(message, field.valueStart, field.end)].map((each) =>
      each.number === flow.time.number ? longTime(message, each) : message.subarray(each.start, each.end),
    );
    const length = inner.reduce((sum, part) => sum + part.length, 0);
    return Buffer.concat([
      Uint8Array.from([...varint((field.number << 3) | 2), ...varint(length)]),
      ...inner,
    ]);
  });
  return Buffer.concat(parts);
}

function longTime(message: Uint8Array, field: WireField): Uint8Array {
  const values = [...fieldsOf(message, field.valueStart, field.end)];
  const valueOf = (number: number) => {
    const found = values.find((value) => value.number === number);
    return found ? readVarint(message, found.valueStart).value : 0;
  };
  const nanos = valueOf(2);
  const tag = varint((field.number << 3) | 2);
  const long = Buffer.from([...tag, timeBytes, ...new Uint8Array(timeBytes)]);
  const time = { seconds: valueOf(1), nanos: nanos < leastNanos ? nanos + leastNanos : nanos };
  writeTime(long, tag.length + 1, time);
  return long;
}

interface Time {
  readonly seconds: number;
  readonly nanos: number;
}

/** Of a timestamp with seconds and nanoseconds of five bytes each. */
const timeBytes = 12;

function writeTime(target: Uint8Array, start: number, { seconds, nanos }: Time): void {
  target[start] = 1 << 3;
  writeFiveBytes(target, start + 1, seconds);
  target[start + 6] = 2 << 3;
  writeFiveBytes(target, start + 7, nanos);
}

function writeFiveBytes(target: Uint8Array, start: number, value: number): void {
  target[start] = (value & 127) | 128;
  target[start + 1] = ((value >>> 7) & 127) | 128;
  target[start + 2] = ((value >>> 14) & 127) | 128;
  target[start + 3] = ((value >>> 21) & 127) | 128;
  target[start + 4] = value >>> 28;
}

/** Nanoseconds are squeezed into those that take five bytes: the order in time stays. */
function timeAt(ms: number): Time {
  const seconds = Math.floor(ms / 1000);
  const share = ms / 1000 - seconds;
  return { seconds, nanos: leastNanos + Math.floor(share * (1e9 - leastNanos)) };
}

const hexDigits = Buffer.from("0123456789abcdef", "latin1");

/** Eight digits. */
function writeHex(target: Uint8Array, start: number, value: number): void {
  for (let digit = 0; digit < 8; digit++) {
    target[start + digit] = hexDigits[(value >>> (28 - 4 * digit)) & 15] ?? 0;
  }
}

/** Spreads a number of 32 bits over all of them; different numbers stay different. */
function mix(number: number): number {
  let bits = number | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Where in a message the two times and the uuid begin and the name of the pod that was seen ends; -1: nowhere. */
function findPlaces(message: Uint8Array): readonly [number, number, number, number] {
  let flowTime = -1;
  let time = -1;
  let uuid = -1;
  let direction = 0;
  const podEnds = { source: -1, destination: -1 };
  for (const outer of fieldsOf(message, 0, message.length)) {
    if (outer.number === response.time.number) time = outer.valueStart;
    if (outer.number !== response.flow.number) continue;
    for (const field of fieldsOf(message, outer.valueStart, outer.end)) {
      if (field.number === flow.time.number) flowTime = field.valueStart;
      if (field.number === flow.uuid.number) uuid = field.valueStart;
      if (field.number === flow.source.number) podEnds.source = podNameEnd(message, field);
      if (field.number === flow.destination.number) podEnds.destination = podNameEnd(message, field);
      if (field.number === flow.trafficDirection.number)
        direction = readVarint(message, field.valueStart).value;
    }
  }
  const isIngress = direction === ingress;
  return [flowTime, time, uuid, isIngress ? podEnds.destination : podEnds.source];
}

function podNameEnd(message: Uint8Array, endpoint: WireField): number {
  for (const field of fieldsOf(message, endpoint.valueStart, endpoint.end)) {
    if (field.number === EndpointSchema.field.podName.number) return field.end;
  }
  return -1;
}
