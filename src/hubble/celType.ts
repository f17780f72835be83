import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** The type of an expression in the Common Expression Language; `dyn` is one that only evaluation tells. */
export type CelType =
  | { readonly kind: ScalarKind }
  /** A scalar that may also be null. */
  | { readonly kind: "wrapper"; readonly of: CelType }
  | { readonly kind: "list"; readonly of: CelType }
  | { readonly kind: "map"; readonly key: CelType; readonly of: CelType }
  | { readonly kind: "message"; readonly message: DescMessage };

export type ScalarKind =
  | "bool"
  | "int"
  | "uint"
  | "double"
  | "string"
  | "bytes"
  | "null"
  | "timestamp"
  | "duration"
  | "type"
  | "dyn";

/** The type of one of these, written short. */
export function scalar(kind: ScalarKind): CelType {
  return { kind };
}

/** The type that a field of a message has in an expression. */
export function fieldType(field: DescField): CelType {
  switch (field.fieldKind) {
    case "scalar":
      return scalarType(field.scalar);
    case "enum":
      return scalar("int");
    case "message":
      return messageType(field.message);
    case "list":
      return { kind: "list", of: elementType(field) };
    case "map":
      return { kind: "map", key: scalar("dyn"), of: scalar("dyn") };
  }
}

function elementType(field: DescField & { readonly fieldKind: "list" }): CelType {
  switch (field.listKind) {
    case "scalar":
      return scalarType(field.scalar);
    case "enum":
      return scalar("int");
    case "message":
      return messageType(field.message);
  }
}

/** The well-known messages have types of their own. */
export function messageType(message: DescMessage): CelType {
  return wellKnown[message.typeName] ?? { kind: "message", message };
}

const wellKnown: Readonly<Record<string, CelType>> = {
  "google.protobuf.Timestamp": scalar("timestamp"),
  "google.protobuf.Any": scalar("dyn"),
  "google.protobuf.BoolValue": { kind: "wrapper", of: scalar("bool") },
};

function scalarType(type: ScalarType): CelType {
  switch (type) {
    case ScalarType.BOOL:
      return scalar("bool");
    case ScalarType.STRING:
      return scalar("string");
    case ScalarType.BYTES:
      return scalar("bytes");
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      return scalar("double");
    case ScalarType.UINT32:
    case ScalarType.UINT64:
    case ScalarType.FIXED32:
    case ScalarType.FIXED64:
      return scalar("uint");
    case ScalarType.INT32:
    case ScalarType.INT64:
    case ScalarType.SINT32:
    case ScalarType.SINT64:
    case ScalarType.SFIXED32:
    case ScalarType.SFIXED64:
      return scalar("int");
  }
}

/** A type as people write it: `list(string)`, `flow.Endpoint`. */
export function typeText(type: CelType): string {
  if (type.kind === "wrapper") return `wrapper(${typeText(type.of)})`;
  if (type.kind === "list") return `list(${typeText(type.of)})`;
  if (type.kind === "map") return `map(${typeText(type.key)}, ${typeText(type.of)})`;
  return type.kind === "message" ? type.message.typeName : type.kind;
}

/** Can values of these types stand in each other's place, as in a comparison? */
export function isAssignable(one: CelType, other: CelType): boolean {
  if (one.kind === "dyn" || other.kind === "dyn") return true;
  if (one.kind === "wrapper") return other.kind === "null" || isAssignable(one.of, unwrapped(other));
  if (other.kind === "wrapper") return isAssignable(other, one);
  if (one.kind === "list") return other.kind === "list" && isAssignable(one.of, other.of);
  if (one.kind === "map") {
    return other.kind === "map" && isAssignable(one.key, other.key) && isAssignable(one.of, other.of);
  }
  if (one.kind === "message") {
    return (
      other.kind === "null" || (other.kind === "message" && other.message.typeName === one.message.typeName)
    );
  }
  if (other.kind === "message") return isAssignable(other, one);
  return (
    one.kind === other.kind ||
    (isPointInTime(one) && other.kind === "null") ||
    (isPointInTime(other) && one.kind === "null")
  );
}

function isPointInTime({ kind }: CelType): boolean {
  return kind === "timestamp" || kind === "duration";
}

function unwrapped(type: CelType): CelType {
  return type.kind === "wrapper" ? type.of : type;
}
