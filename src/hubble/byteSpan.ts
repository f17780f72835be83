import type { Dictionary } from "../flows/dictionary.ts";
import type { WireReader } from "./wireFormat.ts";

/** Where something lies in a message that is numbered when it is known that the whole message is well-formed. */
export class ByteSpan {
  start = 0;
  /** 0: it is not there. */
  end = 0;

  clear(): void {
    this.start = 0;
    this.end = 0;
  }

  /** Takes the last field, tag and all. */
  takeField(reader: WireReader): void {
    this.start = reader.fieldStart;
    this.end = reader.position;
  }

  /** Takes the text that is the last field. */
  takeText(reader: WireReader): void {
    reader.checkText();
    this.start = reader.start;
    this.end = reader.position;
  }

  /** The number of the text; 0 of none and of an empty one. */
  intern(strings: Dictionary<string>, bytes: Uint8Array): number {
    return this.end > this.start ? strings.intern(bytes, this.start, this.end) : 0;
  }
}
