import type { Socket } from "node:net";
import { Duplex } from "node:stream";

const headerBytes = 9;
/** What a client says before its first frame. */
const prefaceBytes = 24;
const frameTypes = { data: 0, headers: 1, settings: 4, windowUpdate: 8 } as const;
const initialWindowSetting = 4;
const defaultWindow = 65_535;

/**
 * Lies between a socket and Node's HTTP/2 session, which does everything but the data of streams of messages: those
 * frames are put between the session's, so that every message has one of its own, as servers in Go send them. (Node fills
 * frames up, which is cheaper to receive.) The windows of both are kept here; the session never hears of them.
 */
export class FrameTap extends Duplex {
  readonly #socket: Socket;
  readonly #fromClient = new FrameSplitter(prefaceBytes);
  readonly #fromSession = new FrameSplitter(0);
  /** Of streams whose answer has begun. */
  readonly #windows = new Map<number, number>();
  /** What clients granted before the answer began. */
  readonly #granted = new Map<number, number>();
  #initialWindow = defaultWindow;
  #connectionWindow = defaultWindow;
  /** Called when more may be written. */
  onWindow: () => void = () => undefined;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (bytes) => {
      for (const frame of this.#fromClient.split(bytes)) if (!this.#takesUpdate(frame)) this.push(frame);
    });
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => {
      this.push(null);
      this.destroy();
    });
  }

  /** How many bytes of data may be written to a stream now. */
  windowOf(stream: number): number {
    return Math.min(this.#connectionWindow, this.#windows.get(stream) ?? 0);
  }

  /** Writes whole DATA frames of a stream, as many bytes of data as fit its window; `written`: they left this process. */
  writeData(stream: number, frames: Buffer, dataBytes: number, written: () => void): void {
    this.#connectionWindow -= dataBytes;
    this.#windows.set(stream, (this.#windows.get(stream) ?? 0) - dataBytes);
    this.#socket.write(frames, written);
  }

  override _read(): void {
    // What clients say is little, and comes when it comes.
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (const frame of this.#fromSession.split(bytes)) {
      if (typeOf(frame) === frameTypes.data) this.#connectionWindow -= frame.length - headerBytes;
      if (typeOf(frame) === frameTypes.headers) this.#begin(streamOf(frame));
      this.#socket.write(frame);
    }
    done();
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #begin(stream: number): void {
    if (this.#windows.has(stream)) return;
    this.#windows.set(stream, this.#initialWindow + (this.#granted.get(stream) ?? 0));
    setImmediate(this.onWindow);
  }

  /** Answers whether the frame is one that the session must not hear of. */
  #takesUpdate(frame: Buffer): boolean {
    if (typeOf(frame) === frameTypes.settings) this.#takeSettings(frame);
    if (typeOf(frame) !== frameTypes.windowUpdate) return false;
    const stream = streamOf(frame);
    const bytes = frame.readUInt32BE(headerBytes) & 0x7f_ff_ff_ff;
    const window = this.#windows.get(stream);
    if (stream === 0) this.#connectionWindow += bytes;
    else if (window === undefined) this.#granted.set(stream, (this.#granted.get(stream) ?? 0) + bytes);
    else this.#windows.set(stream, window + bytes);
    this.onWindow();
    return true;
  }

  #takeSettings(frame: Buffer): void {
    for (let at = headerBytes; at + 6 <= frame.length; at += 6) {
      if (frame.readUInt16BE(at) !== initialWindowSetting) continue;
      const size = frame.readUInt32BE(at + 2);
      for (const [stream, window] of this.#windows)
        this.#windows.set(stream, window + size - this.#initialWindow);
      this.#initialWindow = size;
    }
  }
}

/** Cuts a stream of bytes into frames, behind whatever comes before the first. */
class FrameSplitter {
  #before: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(before: number) {
    this.#before = before;
  }

  *split(bytes: Buffer): Generator<Buffer> {
    this.#rest = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes;
    if (this.#before > 0) {
      if (this.#rest.length < this.#before) return;
      yield this.#take(this.#before);
      this.#before = 0;
    }
    while (this.#rest.length >= headerBytes) {
      const length = headerBytes + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < length) return;
      yield this.#take(length);
    }
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }
}

/** The client's preface has a blank in this place, which is no type that matters here. */
function typeOf(frame: Buffer): number {
  return frame[3] ?? -1;
}

function streamOf(frame: Buffer): number {
  return frame.readUInt32BE(5) & 0x7f_ff_ff_ff;
}
