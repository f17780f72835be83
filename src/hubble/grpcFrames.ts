/** A flow has some 2 KB; this only keeps a hostile answer from filling the memory. */
const maxMessageBytes = 64 << 20;

/** Each message begins with a flag, "compressed", and its length in 4 bytes ("Length-Prefixed-Message" of gRPC). */
const prefixBytes = 5;

/** Memory for a message that comes in pieces, until so much of it is there that more is justified. */
const firstBytes = 64 << 10;

/** Why nothing more can be read from a stream of messages. */
export type FrameProblem = "compressed" | "too-large";

/**
 * Cuts the messages out of the chunks of one stream and hands each out in the call that brings its end. A message that
 * lies whole in a chunk is a view of it, not a copy; one that does not gets memory of its own, which grows with what
 * arrives and not with what is announced.
 */
export class GrpcFrames {
  readonly #onMessage: (raw: Uint8Array) => void;
  readonly #prefix = Buffer.alloc(prefixBytes);
  #prefixHeld = 0;
  #body: Buffer | undefined;
  #bodyLength = 0;
  #bodyHeld = 0;
  #isOver = false;

  constructor(onMessage: (raw: Uint8Array) => void) {
    this.#onMessage = onMessage;
  }

  /** Has a message begun whose end has not come? */
  get isMidMessage(): boolean {
    return this.#prefixHeld > 0 || this.#body !== undefined;
  }

  /** No message is handed out any more, also not out of the chunk at hand. */
  end(): void {
    this.#isOver = true;
    this.#body = undefined;
  }

  /** Hands out what the chunk completes; after a problem nothing more. */
  push(chunk: Buffer): FrameProblem | undefined {
    let at = this.#goOn(chunk);
    while (!this.#isOver && at >= 0 && at < chunk.length) {
      const bodyAt = at + prefixBytes;
      if (bodyAt > chunk.length) break;
      const length = chunk.readUInt32BE(at + 1);
      if (chunk[at] !== 0 || length > maxMessageBytes) return this.#refuse(chunk[at] ?? 0);
      const end = bodyAt + length;
      if (end > chunk.length) break;
      this.#onMessage(chunk.subarray(bodyAt, end));
      at = end;
    }
    if (at < 0) return this.#refuse(this.#prefix[0] ?? 0);
    if (!this.#isOver && at < chunk.length) this.#resume(chunk.subarray(at));
    return undefined;
  }

  /** Where in the chunk the first message begins of which nothing has come yet; -1: the one before it is not to be had. */
  #goOn(chunk: Buffer): number {
    if (this.#isOver) return chunk.length;
    return this.isMidMessage ? this.#resume(chunk) : 0;
  }

  #refuse(flag: number): FrameProblem {
    this.end();
    return flag === 0 ? "too-large" : "compressed";
  }

  /** Takes what the chunk has of one message; answers where the next one begins, or -1: this one is not to be had. */
  #resume(chunk: Buffer): number {
    let at = 0;
    if (!this.#body) {
      at = chunk.copy(this.#prefix, this.#prefixHeld, 0, prefixBytes - this.#prefixHeld);
      this.#prefixHeld += at;
      if (this.#prefixHeld < prefixBytes) return at;
      this.#bodyLength = this.#prefix.readUInt32BE(1);
      if (this.#prefix[0] !== 0 || this.#bodyLength > maxMessageBytes) return -1;
      this.#prefixHeld = 0;
      this.#bodyHeld = 0;
      this.#body = Buffer.allocUnsafe(Math.min(this.#bodyLength, firstBytes));
    }
    const taken = Math.min(chunk.length - at, this.#bodyLength - this.#bodyHeld);
    const body = this.#roomFor(this.#body, this.#bodyHeld + taken);
    chunk.copy(body, this.#bodyHeld, at, at + taken);
    this.#bodyHeld += taken;
    this.#body = body;
    if (this.#bodyHeld === this.#bodyLength) {
      this.#body = undefined;
      this.#onMessage(body);
    }
    return at + taken;
  }

  #roomFor(body: Buffer, bytes: number): Buffer {
    if (bytes <= body.length) return body;
    const larger = Buffer.allocUnsafe(Math.min(this.#bodyLength, Math.max(bytes, 2 * body.length)));
    body.copy(larger, 0, 0, this.#bodyHeld);
    return larger;
  }
}
