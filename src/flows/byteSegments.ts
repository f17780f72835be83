const segmentBytes = 1 << 20;

/**
 * Holds byte strings, oldest out first, in segments of 1 MiB (a longer string gets one of its own).
 * Segments are numbered from 0 upwards and never renumbered.
 */
export class ByteSegments {
  readonly #segments: Uint8Array[] = [];
  #firstNumber = 0;
  #used = 0;
  #bytes = 0;

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Copies the bytes in and answers where they lie. */
  append(bytes: Uint8Array): { readonly segment: number; readonly offset: number } {
    let last = this.#segments.at(-1);
    if (!last || this.#used + bytes.length > last.length) {
      last = new Uint8Array(Math.max(segmentBytes, bytes.length));
      this.#segments.push(last);
      this.#bytes += last.length;
      this.#used = 0;
    }
    const offset = this.#used;
    last.set(bytes, offset);
    this.#used += bytes.length;
    return { segment: this.#firstNumber + this.#segments.length - 1, offset };
  }

  /** The bytes at a place that {@link append} answered: a view, valid until their segment is dropped. */
  read(segment: number, offset: number, length: number): Uint8Array {
    const held = this.#segments[segment - this.#firstNumber];
    if (!held) throw new Error(`segment ${segment} is not held`);
    return held.subarray(offset, offset + length);
  }

  /** Drops every segment before this one. */
  dropBefore(segment: number): void {
    while (this.#firstNumber < segment && this.#segments.length > 0) {
      this.#bytes -= this.#segments.shift()?.length ?? 0;
      this.#firstNumber += 1;
    }
  }
}
