import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { type WireReader, wireTypes } from "./wireFormat.ts";

/** Field numbers below this are looked up in an array. */
const arrayLimit = 256;

/** What is to be checked of a field, beside its wire type. */
const contents = { unknown: 0, number: 1, bytes: 2, text: 3, message: 4 } as const;
type Content = (typeof contents)[keyof typeof contents];

/**
 * How messages of one type are laid out: checks bytes without decoding them. Stricter than a decoder: what it lets pass
 * every decoder reads, what it refuses may still be a message. Refused are, besides what is malformed, known fields written
 * in another way than their type says.
 */
export class WireShape {
  readonly #contents = new Uint8Array(arrayLimit);
  readonly #highContents = new Map<number, Content>();
  readonly #messages = new Map<number, WireShape>();

  constructor(schema: DescMessage) {
    for (const field of schema.fields) {
      const { number } = field;
      if (number < arrayLimit) this.#contents[number] = contentOf(field);
      else this.#highContents.set(number, contentOf(field));
      // No type in a flow holds itself, so that this ends.
      if (field.message) this.#messages.set(number, new WireShape(field.message));
    }
  }

  /** Reads on to the end of the message: well-formed to the last byte, with texts in UTF-8, unless the reader is then bad. */
  check(reader: WireReader): void {
    for (let tag = reader.next(); tag !== 0; tag = reader.next()) this.checkField(reader, tag);
  }

  /** Checks the last field that was read, of this type. Those that the type does not know are as they may be. */
  checkField(reader: WireReader, tag: number): void {
    const field = tag >>> 3;
    const content = field < arrayLimit ? this.#contents[field] : this.#highContents.get(field);
    const isLong = (tag & 7) === wireTypes.length;
    if (content === contents.text && isLong) reader.checkText();
    else if (content === contents.message && isLong) this.#checkMessage(reader, field);
    else if (content === contents.number ? (tag & 7) !== wireTypes.varint : content && !isLong)
      reader.refuse();
  }

  #checkMessage(reader: WireReader, field: number): void {
    const end = reader.enter();
    this.#messages.get(field)?.check(reader);
    reader.leave(end);
  }
}

const scalarContents: ReadonlyMap<ScalarType | undefined, Content> = new Map([
  [ScalarType.STRING, contents.text],
  [ScalarType.BYTES, contents.bytes],
  [ScalarType.BOOL, contents.number],
  [ScalarType.INT32, contents.number],
  [ScalarType.INT64, contents.number],
  [ScalarType.UINT32, contents.number],
  [ScalarType.UINT64, contents.number],
]);

function contentOf(field: DescField): Content {
  if (field.message) return contents.message;
  if (field.enum) return contents.number;
  const content = scalarContents.get(field.scalar);
  // Other ways to write a field have no place in a flow.
  if (content === undefined) throw new Error(`${field.toString()} is of a kind that is not checked`);
  return content;
}
