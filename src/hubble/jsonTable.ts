import { type DescEnum, type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isWrapperDesc } from "@bufbuild/protobuf/wkt";

/** How a field's value is written; `unusual` is left to who knows every form. */
export type JsonKind =
  | "text"
  | "uint32"
  | "int32"
  | "uint64"
  | "switch"
  | "name"
  | "message"
  | "wrappedSwitch"
  | "time"
  | "unusual";

/** What is written of one field, and when. */
export interface JsonField {
  /** Its place in {@link JsonTable.fields}. */
  readonly slot: number;
  readonly kind: JsonKind;
  readonly isList: boolean;
  /** Of fields of which a message has at most one. */
  readonly isOneOf: boolean;
  /** The wire type of a value in its usual form: 0 for a number, 2 for bytes with their length. */
  readonly wireType: number;
  /** `"name":` */
  readonly key: Uint8Array;
  /** Of an enumeration: the quoted names by number. */
  readonly names: readonly (Uint8Array | undefined)[];
  /** Of a message. */
  readonly table: JsonTable | undefined;
  /** Flows are many, what this is about is few: its text is worth to be remembered. */
  readonly isRemembered: boolean;
}

/** What is written of a message: its fields in the order in which the API declares them, which is not that of their numbers. */
export interface JsonTable {
  readonly fields: readonly JsonField[];
  readonly byNumber: ReadonlyMap<number, JsonField>;
  /** The same, for the small numbers. */
  readonly bySmallNumber: readonly (JsonField | undefined)[];
}

/** Field numbers below are looked up in an array. */
export const smallNumbers = 48;

/** Makes the table of a message and of all that it holds. No message of the flow API holds one of its own kind. */
export function jsonTable(schema: DescMessage): JsonTable {
  const fields = schema.fields.map((field, slot) => jsonField(field, slot));
  const byNumber = new Map(schema.fields.map((field, slot) => [field.number, fields[slot] as JsonField]));
  const bySmallNumber = Array.from({ length: smallNumbers }, (_, number) => byNumber.get(number));
  return { fields, byNumber, bySmallNumber };
}

function jsonField(field: DescField, slot: number): JsonField {
  const kind = kindOf(field);
  const isBytes = kind === "text" || kind === "message" || kind === "wrappedSwitch" || kind === "time";
  return {
    slot,
    kind,
    isList: field.fieldKind === "list",
    isOneOf: field.oneof !== undefined,
    wireType: isBytes ? 2 : 0,
    key: Buffer.from(`${JSON.stringify(field.name)}:`),
    names: kind === "name" && field.enum ? namesOf(field.enum) : [],
    table: kind === "message" && field.message ? jsonTable(field.message) : undefined,
    isRemembered: field.message?.typeName === "flow.Endpoint",
  };
}

function kindOf(field: DescField): JsonKind {
  const { fieldKind, message, scalar } = field;
  if (fieldKind === "list")
    return message ? messageKind(message) : scalar === ScalarType.STRING ? "text" : "unusual";
  if (fieldKind === "map") return "unusual";
  if (message) return messageKind(message);
  // A value of its kind that is set, though it says nothing, would have to be written.
  const presence: number = field.presence;
  if (field.oneof || presence !== implicitPresence) return "unusual";
  return field.enum ? "name" : (scalarKinds.get(scalar) ?? "unusual");
}

/** `FieldPresence.IMPLICIT` of descriptor.proto: a value that says nothing is not written. */
const implicitPresence = 2;

function messageKind(message: DescMessage): JsonKind {
  if (message.typeName === "google.protobuf.Timestamp") return "time";
  if (isWrapperDesc(message))
    return message.typeName === "google.protobuf.BoolValue" ? "wrappedSwitch" : "unusual";
  return message.typeName.startsWith("google.protobuf.") ? "unusual" : "message";
}

const scalarKinds: ReadonlyMap<ScalarType | undefined, JsonKind> = new Map([
  [ScalarType.STRING, "text"],
  [ScalarType.UINT32, "uint32"],
  [ScalarType.INT32, "int32"],
  [ScalarType.UINT64, "uint64"],
  [ScalarType.BOOL, "switch"],
]);

function namesOf(schema: DescEnum): readonly (Uint8Array | undefined)[] {
  const names: (Uint8Array | undefined)[] = [];
  for (const { number, name } of schema.values)
    if (number >= 0) names[number] = Buffer.from(JSON.stringify(name));
  return names;
}
