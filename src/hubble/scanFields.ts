import { BoolValueSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";
import type { FlowRecord } from "../flows/flowRecord.ts";
import * as schemas from "./gen/flow/flow_pb.js";
import type { JoinedText } from "./joinedText.ts";
import { clampNanos, clampSeconds } from "./timestamp.ts";
import type { WireReader } from "./wireFormat.ts";
import { WireShape } from "./wireShape.ts";

// Tags are as the wire has them: 8 times the field's number and its wire type. What has no case of its own is but checked.

const timeShape = new WireShape(TimestampSchema);
const boolShape = new WireShape(BoolValueSchema);
const eventTypeShape = new WireShape(schemas.CiliumEventTypeSchema);
const serviceShape = new WireShape(schemas.ServiceSchema);

/** A member of an enumeration; one that a newer relay may know and we do not is 0, which is "unknown". */
export function knownMember(members: readonly string[], number: number): number {
  return number > 0 && number < members.length ? number : 0;
}

/** Reads the `Timestamp` that is the last field. */
export function scanTime(reader: WireReader, into: { seconds: number; nanos: number }): void {
  into.seconds = 0;
  into.nanos = 0;
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) into.seconds = clampSeconds(reader.int64());
    else if (tag === 0x10) into.nanos = clampNanos(reader.low);
    else timeShape.checkField(reader, tag);
  }
  reader.leave(end);
}

/** Reads the `BoolValue` that is the last field. */
export function scanBool(reader: WireReader): boolean {
  let value = false;
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) value = reader.bool();
    else boolShape.checkField(reader, tag);
  }
  reader.leave(end);
  return value;
}

/** Reads the `flow.CiliumEventType` that is the last field. */
export function scanEventType(reader: WireReader, record: FlowRecord): void {
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    if (tag === 0x08) record.eventType = reader.low;
    else if (tag === 0x10) record.eventSubType = reader.low;
    else eventTypeShape.checkField(reader, tag);
  }
  reader.leave(end);
}

/** Puts together the `namespace/name` of the `flow.Service` that is the last field. */
export function scanService(reader: WireReader, joined: JoinedText): void {
  let nameStart = 0;
  let nameStop = 0;
  let namespaceStart = 0;
  let namespaceStop = 0;
  const end = reader.enter();
  for (let tag = reader.next(); tag !== 0; tag = reader.next()) {
    serviceShape.checkField(reader, tag);
    if (tag === 0x0a) {
      nameStart = reader.start;
      nameStop = reader.position;
    } else if (tag === 0x12) {
      namespaceStart = reader.start;
      namespaceStop = reader.position;
    }
  }
  reader.leave(end);
  joined.add(reader.bytes, namespaceStart, namespaceStop);
  joined.add(reader.bytes, nameStart, nameStop);
}
