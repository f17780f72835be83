import type { ClientHttp2Stream } from "node:http2";

/**
 * Hands out what comes on an HTTP/2 stream in the call that brings it. A stream of Node's would schedule work of its own
 * for each chunk, and a relay sends each flow as one: that costs more than all that is done with the chunk here. So its
 * `push`, which is called with what comes, is replaced; everything else of the stream, such as its events, is as usual.
 */
export class DirectReads {
  readonly #stream: ClientHttp2Stream;
  readonly #onChunk: (chunk: Buffer) => boolean;
  readonly #pushEnd: () => void;
  /** What came during a pause: what was on its way, at most a window of it. */
  #waiting: Buffer[] = [];
  #isPaused = false;
  #isEnded = false;

  /**
   * @param stream nothing has come on it yet, and nobody listens to its `data`
   * @param onChunk answers whether to pause until everything else that waits for the thread has had its chance; the other
   *   side is held back meanwhile
   */
  constructor(stream: ClientHttp2Stream, onChunk: (chunk: Buffer) => boolean) {
    this.#stream = stream;
    this.#onChunk = onChunk;
    const push = stream.push.bind(stream);
    this.#pushEnd = () => {
      push(null);
      stream.read(0);
    };
    stream.push = (chunk: Buffer | null) => this.#push(chunk);
    stream.resume();
  }

  /** Answers false to stop reading. */
  #push(chunk: Buffer | null): boolean {
    if (chunk === null) {
      this.#isEnded = true;
      if (!this.#isPaused) this.#pushEnd();
      return false;
    }
    if (this.#isPaused) {
      this.#waiting.push(chunk);
      return true;
    }
    if (!this.#onChunk(chunk)) return true;
    this.#pause();
    return false;
  }

  #pause(): void {
    this.#isPaused = true;
    setImmediate(() => {
      this.#goOn();
    });
  }

  #goOn(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const [index, chunk] of waiting.entries()) {
      if (this.#stream.destroyed) return;
      if (!this.#onChunk(chunk)) continue;
      this.#waiting = waiting.slice(index + 1);
      this.#pause();
      return;
    }
    this.#isPaused = false;
    if (this.#isEnded) this.#pushEnd();
    else if (!this.#stream.destroyed) this.#stream._read(0);
  }
}
