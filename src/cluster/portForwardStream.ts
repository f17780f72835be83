import { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { ClusterError } from "./clusterError.ts";

const dataChannel = 0;
const errorChannel = 1;

/** The server closed the connection because the pod's end did. */
const normalClosure = 1000;

/** A path that is half open says nothing: it is asked, and has this long to answer. */
const pingIntervalMs = 15_000;

/** Makes the error with which the stream ends: what went wrong, going on from "The port-forward to X …". */
export type ForwardFailure = (what: string, cause: unknown) => ClusterError;

/**
 * The bytes of one forwarded port over a WebSocket of the `v4.channel.k8s.io` protocol. Both directions hold back the side
 * that is too fast. The protocol knows no half-open connections: when one side ends, so does the other.
 */
export class PortForwardStream extends Duplex {
  readonly #socket: WebSocket;
  readonly #port: number;
  readonly #failure: ForwardFailure;
  readonly #greeted = new Set<number>();
  #pings: NodeJS.Timeout | undefined;
  #heard = true;

  /** Takes over the socket, which may still be connecting: its messages, its errors, its end. */
  constructor(socket: WebSocket, port: number, failure: ForwardFailure) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    this.#port = port;
    this.#failure = failure;
    socket.on("open", () => {
      this.#pings = setInterval(() => {
        this.#checkAlive();
      }, pingIntervalMs);
    });
    socket.on("message", (message, isBinary) => {
      this.#receive(message, isBinary);
    });
    socket.on("pong", () => {
      this.#heard = true;
    });
    socket.on("error", (error) => {
      this.#fail("broke.", error);
    });
    socket.on("close", (code) => {
      clearInterval(this.#pings);
      if (code === normalClosure) this.push(null);
      else this.#fail("was closed by the cluster.", `WebSocket close code ${code}`);
    });
  }

  /** `false` once the other side has ended, also while nobody has read so far. */
  get isConnected(): boolean {
    return !this.destroyed && this.#socket.readyState === this.#socket.OPEN;
  }

  override _read(): void {
    if (!this.#socket.isPaused) return;
    // What was said while this side held back is still to be read.
    this.#heard = true;
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    const message = Buffer.allocUnsafe(chunk.length + 1);
    message[0] = dataChannel;
    chunk.copy(message, 1);
    this.#socket.send(message, (error) => {
      done(error ? this.#failure("broke.", error) : null);
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.close(normalClosure);
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#pings);
    this.#socket.terminate();
    done(error);
  }

  #receive(message: RawData, isBinary: boolean): void {
    this.#heard = true;
    const bytes = toBuffer(message);
    const channel = bytes[0];
    if (!isBinary || (channel !== dataChannel && channel !== errorChannel)) {
      this.#fail("broke: the cluster sent what is not of its protocol.", "unknown channel or text message");
      return;
    }
    const payload = this.#greeted.has(channel) ? bytes.subarray(1) : this.#greet(channel, bytes);
    if (!payload || payload.length === 0) return;
    if (channel === errorChannel)
      this.#fail("failed in the cluster. See whether the pod is well.", payload.toString("utf8"));
    else if (!this.push(payload)) this.#socket.pause();
  }

  /** The first message of each channel begins with the port, so that both sides agree what it is about. */
  #greet(channel: number, bytes: Buffer): Buffer | undefined {
    this.#greeted.add(channel);
    if (bytes.length >= 3 && bytes.readUInt16LE(1) === this.#port) return bytes.subarray(3);
    this.#fail("broke: the cluster forwards another port.", undefined);
    return undefined;
  }

  #checkAlive(): void {
    // While this side holds back, answers are not read either.
    if (!this.#heard && !this.#socket.isPaused) {
      this.#fail(`broke: nothing was heard for ${pingIntervalMs / 1000} s.`, "no pong");
      return;
    }
    this.#heard = false;
    this.#socket.ping();
  }

  #fail(what: string, cause: unknown): void {
    this.destroy(this.#failure(what, cause));
  }
}

function toBuffer(message: RawData): Buffer {
  if (Buffer.isBuffer(message)) return message;
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message);
}
