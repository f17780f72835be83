import type { Writable } from "node:stream";

const batchCharacters = 1 << 16;

/**
 * Writes lines to a stream in batches: what is written in one go of the event loop leaves together.
 * Whoever listens on the other end may go away at any time: what is left is dropped then, and no error.
 */
export class LineWriter {
  readonly #stream: Writable;
  #waiting = "";
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
    this.#waiting += line;
    this.#waiting += "\n";
    if (this.#waiting.length >= batchCharacters) this.#send();
    else if (!this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => {
        this.#scheduled = false;
        this.#send();
      });
    }
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

  #send(): void {
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "" && !this.#stream.destroyed) this.#stream.write(text);
  }
}
