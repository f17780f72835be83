import { Duplex } from "node:stream";
import { promisify } from "node:util";
import { constants, createDeflate, createInflate, type Deflate, type Inflate } from "node:zlib";
// Only for the dictionary of the header compression, a constant of 1,423 bytes.
import transport from "spdy-transport";

const frame = { synStream: 1, synReply: 2, rstStream: 3, ping: 6, goAway: 7 } as const;
const flagFin = 1;
const spdyVersion = 3;

/** Called for each stream that the client opens; the headers' names are in lower case. */
export type OnSpdyStream = (stream: SpdyStream, headers: ReadonlyMap<string, string>) => void;

/**
 * The server's side of SPDY/3.1 as kubectl speaks it for port-forwards: streams that the client opens, without flow control
 * (the client has none).
 */
export class SpdyConnection {
  readonly #socket: Duplex;
  readonly #onStream: OnSpdyStream;
  readonly #streams = new Map<number, SpdyStream>();
  readonly #inflate: Inflate;
  readonly #deflate: Deflate;

  constructor(socket: Duplex, onStream: OnSpdyStream) {
    const dictionary = transport.protocol.spdy.dictionary[spdyVersion];
    this.#socket = socket;
    this.#onStream = onStream;
    this.#inflate = createInflate({ dictionary, finishFlush: constants.Z_SYNC_FLUSH });
    this.#deflate = createDeflate({ dictionary });
  }

  /** Reads frames until the connection ends. */
  async run(): Promise<void> {
    let held = Buffer.alloc(0);
    for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
      held = Buffer.concat([held, chunk]);
      while (held.length >= 8) {
        const length = 8 + held.readUIntBE(5, 3);
        if (held.length < length) break;
        await this.#receive(held.subarray(0, length));
        held = held.subarray(length);
      }
    }
    for (const stream of this.#streams.values()) stream.destroy();
  }

  async #receive(bytes: Buffer): Promise<void> {
    const isControl = (bytes.readUInt8(0) & 0x80) !== 0;
    const fin = (bytes.readUInt8(4) & flagFin) !== 0;
    const body = bytes.subarray(8);
    if (!isControl) {
      this.#streams.get(bytes.readUInt32BE(0) & 0x7fffffff)?.receive(body, fin);
      return;
    }
    switch (bytes.readUInt16BE(2)) {
      case frame.synStream: {
        const id = body.readUInt32BE(0) & 0x7fffffff;
        const headers = readHeaders(await transform(this.#inflate, body.subarray(10)));
        const stream = new SpdyStream((data, last) => this.#sendData(id, data, last));
        this.#streams.set(id, stream);
        await this.#reply(id);
        if (fin) stream.receive(Buffer.alloc(0), true);
        this.#onStream(stream, headers);
        break;
      }
      case frame.rstStream: {
        const id = body.readUInt32BE(0) & 0x7fffffff;
        this.#streams.get(id)?.destroy();
        this.#streams.delete(id);
        break;
      }
      case frame.ping:
        this.#socket.write(Buffer.from(bytes));
        break;
      case frame.goAway:
        this.#socket.end();
        break;
      default:
        // Settings and windows: nothing to do without flow control.
        break;
    }
  }

  async #reply(id: number): Promise<void> {
    const noHeaders = await transform(this.#deflate, Buffer.alloc(4));
    const head = Buffer.alloc(12);
    head.writeUInt16BE(0x8000 | spdyVersion, 0);
    head.writeUInt16BE(frame.synReply, 2);
    head.writeUIntBE(4 + noHeaders.length, 5, 3);
    head.writeUInt32BE(id, 8);
    this.#socket.write(Buffer.concat([head, noHeaders]));
  }

  #sendData(id: number, data: Buffer, last: boolean): Promise<void> {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(id, 0);
    head.writeUInt8(last ? flagFin : 0, 4);
    head.writeUIntBE(data.length, 5, 3);
    return new Promise((resolve) => {
      this.#socket.write(Buffer.concat([head, data]), () => {
        resolve();
      });
    });
  }
}

/** One stream of a SPDY connection; each side ends its own half. */
export class SpdyStream extends Duplex {
  readonly #send: (data: Buffer, last: boolean) => Promise<void>;

  constructor(send: (data: Buffer, last: boolean) => Promise<void>) {
    super();
    this.#send = send;
  }

  receive(data: Buffer, last: boolean): void {
    if (data.length > 0) this.push(data);
    if (last) this.push(null);
  }

  override _read(): void {
    // What comes is pushed when it comes.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    void this.#send(chunk, false).then(done);
  }

  override _final(done: () => void): void {
    void this.#send(Buffer.alloc(0), true).then(done);
  }
}

/** Compression state goes on from block to block, so a block is written, flushed and read. */
async function transform(stream: Inflate | Deflate, block: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const onData = (chunk: Buffer): number => chunks.push(chunk);
  stream.on("data", onData);
  stream.write(block);
  await promisify((done: () => void) => {
    stream.flush(constants.Z_SYNC_FLUSH, done);
  })();
  stream.off("data", onData);
  return Buffer.concat(chunks);
}

function readHeaders(block: Buffer): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  let at = 4;
  const text = (): string => {
    const length = block.readUInt32BE(at);
    at += 4 + length;
    return block.toString("utf8", at - length, at);
  };
  for (let count = block.readUInt32BE(0); count > 0; count--) headers.set(text().toLowerCase(), text());
  return headers;
}
