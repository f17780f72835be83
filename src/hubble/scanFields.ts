import type { Dictionary } from "../flows/dictionary.ts";
import * as schemas from "./gen/flow/flow_pb.js";
import type { JoinedText } from "./joinedText.ts";
import { clampNanos, clampSeconds } from "./timestamp.ts";
import { isText, type WireReader } from "./wireFormat.ts";
import { WireShape } from "./wireShape.ts";
import { BoolValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { FlowRecord } from "../flows/flowRecord.ts";

// Cases are tags as the wire has them: 8 times the field's number and its wire type. What is no case is checked and skipped.

const timeShape = new WireShape(TimestampSchema);
const boolShape = new WireShape(BoolValueSchema);
const eventTypeShape = new WireShape(schemas.CiliumEventTypeSchema);
const serviceShape = new WireShape(schemas.ServiceSchema);

/** Goes behind a text of which the tag was read, and answers where it begins. It must be UTF-8. */
export function passText(reader: WireReader): number {
  const stop = reader.stop();
  const start = reader.position;
  if (isText(reader.bytes, start, stop)) reader.position = stop;
  else reader.refuse();
  return start;
}

/** Reads a text of which the tag was read, and answers its number; 0 for an empty one. */
export function scanText(reader: WireReader, strings: Dictionary<string>): number {
  const start = passText(reader);
  if (reader.isBad() || start === reader.position) return 0;
  return strings.intern(reader.bytes, start, reader.position);
}

/** A member of an enumeration; one that a newer relay may know and we do not is 0, which is "unknown". */
export function knownMember(members: readonly string[], number: number): number {
  return number > 0 && number < members.length ? number : 0;
}

/** Reads a `Timestamp`. */
export function scanTime(reader: WireReader, into: { seconds: number; nanos: number }): void {
  into.seconds = 0;
  into.nanos = 0;
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x08) into.seconds = clampSeconds(reader.int64());
    else if (tag === 0x10) into.nanos = clampNanos(reader.varint());
    else timeShape.checkField(reader, tag);
  }
  reader.leave(end);
}

/** Reads a `BoolValue`. */
export function scanBool(reader: WireReader): boolean {
  let value = false;
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x08) value = reader.bool();
    else boolShape.checkField(reader, tag);
  }
  reader.leave(end);
  return value;
}

/** Reads a `flow.CiliumEventType` into the record. */
export function scanEventType(reader: WireReader, record: FlowRecord): void {
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x08) record.eventType = reader.varint();
    else if (tag === 0x10) record.eventSubType = reader.varint();
    else eventTypeShape.checkField(reader, tag);
  }
  reader.leave(end);
}

/** Reads a `flow.Service` and answers the number of its `namespace/name`, which `joined` puts together. */
export function scanService(reader: WireReader, strings: Dictionary<string>, joined: JoinedText): number {
  const { bytes } = reader;
  let [nameStart, nameStop, namespaceStart, namespaceStop] = [0, 0, 0, 0];
  const end = reader.enter();
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag === 0x0a) {
      nameStart = passText(reader);
      nameStop = reader.position;
    } else if (tag === 0x12) {
      namespaceStart = passText(reader);
      namespaceStop = reader.position;
    } else {
      serviceShape.checkField(reader, tag);
    }
  }
  reader.leave(end);
  if (reader.isBad()) return 0;
  joined.clear();
  joined.add(bytes, namespaceStart, namespaceStop);
  joined.add(bytes, nameStart, nameStop);
  return joined.intern(strings, bytes);
}

/** What a stretch of bytes must be to be numbered. */
export interface PartKind<T> {
  readonly shape: WireShape;
  readonly dictionary: Dictionary<T>;
}

/** Keys that begin with it are values that came as JSON. */
const brace = 0x7b;

/**
 * The number of the fields from `start` to where the reader is. What is new is checked first, so that a dictionary holds only
 * what can be read; what is known costs a look.
 */
export function scanPart<T>(reader: WireReader, start: number, { shape, dictionary }: PartKind<T>): number {
  const { bytes, position, end } = reader;
  if (reader.isBad() || (start < position && bytes[start] === brace)) return reader.refuse();
  const known = dictionary.find(bytes, start, position);
  if (known !== 0) return known;
  reader.position = start;
  reader.end = position;
  shape.check(reader);
  reader.leave(end);
  return reader.isBad() ? 0 : dictionary.intern(bytes, start, position);
}
