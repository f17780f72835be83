import type { Writable } from "node:stream";

const batchCharacters = 1 << 16;
const batchBytes = 1 << 17;
const mostSpare = 4;
const lineEnd = Buffer.from("\n");

/**
 * Writes lines to a stream in batches: what is written in one go of the event loop leaves together.
 * Whoever listens on the other end may go away at any time: what is left is dropped then, and no error.
 */
export class LineWriter {
  readonly #stream: Writable;
  #waiting = "";
  #batch: Buffer | undefined;
  #batchLength = 0;
  /** Batches that have left. */
  readonly #spare: Buffer[] = [];
  #scheduled = false;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }

  /** Writes a line, or several with line ends between them; nothing for `undefined`. */
  write(line: string | undefined): void {
    if (line === undefined) return;
    if (this.#batchLength > 0) this.#send();
    this.#waiting += line;
    this.#waiting += "\n";
    if (this.#waiting.length >= batchCharacters) this.#send();
    else this.#schedule();
  }

  /** Writes the bytes of a line; they are copied. */
  writeBytes(line: Uint8Array): void {
    if (this.#waiting !== "" || this.#batchLength + line.length >= batchBytes) this.#send();
    if (line.length >= batchBytes) {
      if (!this.#stream.destroyed) this.#stream.write(Buffer.concat([line, lineEnd]));
      return;
    }
    const batch = (this.#batch ??= this.#spare.pop() ?? Buffer.allocUnsafeSlow(batchBytes));
    batch.set(line, this.#batchLength);
    batch[this.#batchLength + line.length] = 0x0a;
    this.#batchLength += line.length + 1;
    this.#schedule();
  }

  /** Resolves when all lines have left, or cannot any more. */
  async flush(): Promise<void> {
    this.#send();
    if (this.#stream.writableLength === 0 || this.#stream.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#stream.write("", () => {
        resolve();
      });
    });
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    const [text, batch, length] = [this.#waiting, this.#batch, this.#batchLength];
    this.#waiting = "";
    this.#batchLength = 0;
    if (this.#stream.destroyed) return;
    if (text !== "") this.#stream.write(text);
    if (!batch || length === 0) return;
    this.#batch = undefined;
    this.#stream.write(batch.subarray(0, length), () => {
      if (this.#spare.length < mostSpare) this.#spare.push(batch);
    });
  }
}
