import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { isText, type WireReader, wireTypes } from "./wireFormat.ts";

type FieldShape = "number" | "bool" | "text" | "bytes" | WireShape | "other";

/** Field numbers below this are looked up in an array. */
const arrayLimit = 256;

/**
 * How messages of one type are laid out: checks bytes without decoding them. Stricter than a decoder: what it lets pass
 * every decoder reads, what it refuses may still be a message. Refused are, besides what is malformed, known fields written
 * in another way than their type says, and booleans of more than a byte.
 */
export class WireShape {
  readonly #low: (FieldShape | undefined)[] = [];
  readonly #high = new Map<number, FieldShape>();

  constructor(schema: DescMessage) {
    for (const field of schema.fields) {
      if (field.number < arrayLimit) this.#low[field.number] = fieldShape(field);
      else this.#high.set(field.number, fieldShape(field));
    }
  }

  /** Reads on to the end of the message: well-formed to the last byte, with texts in UTF-8, unless the reader is then bad. */
  check(reader: WireReader): void {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) this.checkField(reader, tag);
  }

  /** Checks a field of this type of which only the tag was read. Fields that the type does not know are skipped. */
  checkField(reader: WireReader, tag: number): void {
    const field = tag >>> 3;
    const shape = field < arrayLimit ? this.#low[field] : this.#high.get(field);
    if (shape === undefined) reader.skip(tag);
    else if (shape === "other" || (tag & 7) !== wireTypeOf(shape)) reader.refuse();
    else if (shape === "number") reader.varint();
    else if (shape === "bool") reader.bool();
    else checkContent(reader, shape);
  }
}

function checkContent(reader: WireReader, shape: "text" | "bytes" | WireShape): void {
  if (typeof shape === "object") {
    const end = reader.enter();
    shape.check(reader);
    reader.leave(end);
    return;
  }
  const stop = reader.stop();
  if (shape === "text" && !isText(reader.bytes, reader.position, stop)) reader.refuse();
  else reader.position = stop;
}

function wireTypeOf(shape: FieldShape): number {
  return shape === "number" || shape === "bool" ? wireTypes.varint : wireTypes.length;
}

const scalarShapes: ReadonlyMap<ScalarType | undefined, FieldShape> = new Map([
  [ScalarType.STRING, "text"],
  [ScalarType.BYTES, "bytes"],
  [ScalarType.BOOL, "bool"],
  [ScalarType.INT32, "number"],
  [ScalarType.INT64, "number"],
  [ScalarType.UINT32, "number"],
  [ScalarType.UINT64, "number"],
]);

/** No type in a flow holds itself, so that this ends. */
function fieldShape(field: DescField): FieldShape {
  if (field.message) return new WireShape(field.message);
  if (field.enum) return "number";
  return scalarShapes.get(field.scalar) ?? "other";
}
