import { enumName } from "./enumNames.ts";
import { DropReasonSchema } from "./gen/flow/flow_pb.js";

const known: ReadonlyMap<number, Uint8Array> = new Map(
  DropReasonSchema.values.map((value) => [value.number, Buffer.from(value.name)]),
);

/** The name of a drop reason in UTF-8; of one that we do not know it is its number. */
export function dropReasonBytes(reason: number): Uint8Array {
  return known.get(reason) ?? Buffer.from(enumName(DropReasonSchema, reason));
}
