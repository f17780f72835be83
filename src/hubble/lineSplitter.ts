const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const byteOrderMark = "\ufeff";

/** Longer than any event; a file without line ends must not fill the memory. */
const maxLineBytes = 64 << 20;

/**
 * Cuts chunks of UTF-8 into lines. Line ends are LF or CR LF and are cut off, a byte order mark at the start too.
 * `onLine` gets each line with its number from 1, and `undefined` in place of one that is longer than 64 MiB.
 */
export class LineSplitter {
  readonly #onLine: (text: string | undefined, line: number) => void;
  #parts: Buffer[] = [];
  #length = 0;
  #line = 0;

  constructor(onLine: (text: string | undefined, line: number) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      this.#keep(bytes.subarray(start, end));
      this.#finishLine();
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
  }

  /** Hands on what is left after the last line end. */
  end(): void {
    if (this.#length > 0) this.#finishLine();
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    if (this.#length <= maxLineBytes) this.#parts.push(part);
    else this.#parts = [];
  }

  #finishLine(): void {
    this.#line += 1;
    const tooLong = this.#length > maxLineBytes;
    const text = tooLong ? undefined : this.#text();
    this.#parts = [];
    this.#length = 0;
    this.#onLine(text, this.#line);
  }

  #text(): string {
    const only = this.#parts[0];
    let bytes = this.#parts.length === 1 && only ? only : Buffer.concat(this.#parts);
    if (bytes.at(-1) === carriageReturn) bytes = bytes.subarray(0, -1);
    const text = bytes.toString("utf8");
    return this.#line === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text;
  }
}
