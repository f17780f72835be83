const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = [0xef, 0xbb, 0xbf] as const;

/** Longer than any event; a file without line ends must not fill the memory. */
const maxLineBytes = 64 << 20;

/**
 * Cuts chunks into lines. Line ends are LF or CR LF and are cut off, a byte order mark at the start too.
 * `onLine` gets the bytes of each line (a view of the chunk, where it lies in one) with its number from 1, and
 * `undefined` in place of one that is longer than 64 MiB.
 */
export class LineSplitter {
  readonly #onLine: (bytes: Uint8Array | undefined, line: number) => void;
  #parts: Uint8Array[] = [];
  #length = 0;
  #line = 0;

  constructor(onLine: (bytes: Uint8Array | undefined, line: number) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, start)) {
      this.#keep(chunk.subarray(start, end));
      this.#finishLine();
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start));
  }

  /** Hands on what is left after the last line end. */
  end(): void {
    if (this.#length > 0) this.#finishLine();
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length <= maxLineBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  #finishLine(): void {
    this.#line += 1;
    const bytes = this.#length > maxLineBytes ? undefined : this.#bytes();
    this.#parts = [];
    this.#length = 0;
    this.#onLine(bytes, this.#line);
  }

  #bytes(): Uint8Array {
    const only = this.#parts[0];
    let bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    if (bytes.at(-1) === carriageReturn) bytes = bytes.subarray(0, -1);
    const isMarked = this.#line === 1 && byteOrderMark.every((byte, index) => bytes[index] === byte);
    return isMarked ? bytes.subarray(byteOrderMark.length) : bytes;
  }
}
