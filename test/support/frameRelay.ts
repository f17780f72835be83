import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** Types of HTTP/2's frames (RFC 9113, 6). */
export const frameTypes = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
} as const;

const endStream = 1;
const acknowledged = 1;
const endHeaders = 4;
const prefaceBytes = 24;
const frameHeaderBytes = 9;

/** One frame that came from the client. */
export interface ReceivedFrame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** One call, answered in frames: what no library would send can be sent too. */
export interface FrameCall {
  /** From 1, over all connections. */
  readonly attempt: number;
  readonly socket: Socket;
  headers(fields: Readonly<Record<string, string>>, isEnd?: boolean): void;
  data(bytes: Uint8Array, isEnd?: boolean): void;
  reset(code: number): void;
  goAway(code: number, lastStream?: number): void;
  /** Asks for a sign of life; `onAnswer`: all that was sent before has been read. */
  ping(onAnswer?: () => void): void;
}

/** A server made of frames. */
export interface FrameRelay {
  readonly port: number;
  /** All that came, on all connections. */
  readonly received: readonly ReceivedFrame[];
  /** Counts attempts from 1 again. */
  restart(): void;
}

/** Starts a server on loopback that is gone after the test and answers each call, once it has come whole, as told. */
export async function frameRelay(t: TestContext, answer: (call: FrameCall) => void): Promise<FrameRelay> {
  const received: ReceivedFrame[] = [];
  const sockets = new Set<Socket>();
  let attempts = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.write(frame(frameTypes.settings, 0, 0, Buffer.alloc(0)));
    const onAnswers: (() => void)[] = [];
    readFrames(socket, (got) => {
      received.push(got);
      if (got.type === frameTypes.settings && (got.flags & acknowledged) === 0)
        socket.write(frame(frameTypes.settings, acknowledged, 0, Buffer.alloc(0)));
      if (got.type === frameTypes.ping && (got.flags & acknowledged) !== 0) onAnswers.shift()?.();
      // The end of the request, which is one message.
      if (got.type === frameTypes.data && (got.flags & endStream) !== 0)
        answer(callOn(socket, got.stream, ++attempts, onAnswers));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    received,
    restart: () => {
      attempts = 0;
    },
  };
}

function callOn(socket: Socket, stream: number, attempt: number, onAnswers: (() => void)[]): FrameCall {
  const write = (type: number, flags: number, of: number, payload: Uint8Array): void => {
    socket.write(frame(type, flags, of, payload));
  };
  const words = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(4 * values.length);
    values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
    return bytes;
  };
  return {
    attempt,
    socket,
    headers: (fields, isEnd = false) => {
      write(frameTypes.headers, endHeaders | (isEnd ? endStream : 0), stream, fieldBlock(fields));
    },
    data: (bytes, isEnd = false) => {
      write(frameTypes.data, isEnd ? endStream : 0, stream, bytes);
    },
    reset: (code) => {
      write(frameTypes.reset, 0, stream, words(code));
    },
    goAway: (code, lastStream = stream) => {
      write(frameTypes.goAway, 0, 0, words(lastStream, code));
    },
    ping: (onAnswer = () => undefined) => {
      onAnswers.push(onAnswer);
      write(frameTypes.ping, 0, 0, Buffer.from("how long"));
    },
  };
}

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(frameHeaderBytes + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, frameHeaderBytes);
  return bytes;
}

/** Each field as a literal that is not indexed, of less than 127 bytes (RFC 7541, 6.2.2). */
function fieldBlock(fields: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, "latin1");
    return Buffer.concat([Buffer.of(bytes.length), bytes]);
  };
  return Buffer.concat(
    Object.entries(fields).flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]),
  );
}

function readFrames(socket: Socket, onFrame: (got: ReceivedFrame) => void): void {
  let held = Buffer.alloc(0);
  let skip = prefaceBytes;
  socket.on("data", (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    const skipped = Math.min(skip, held.length);
    skip -= skipped;
    held = held.subarray(skipped);
    while (held.length >= frameHeaderBytes) {
      const end = frameHeaderBytes + held.readUIntBE(0, 3);
      if (held.length < end) return;
      const [type = 0, flags = 0] = held.subarray(3, 5);
      onFrame({ type, flags, stream: held.readUInt32BE(5), payload: held.subarray(frameHeaderBytes, end) });
      held = held.subarray(end);
    }
  });
}

/** A message as gRPC sends it: not compressed, behind its length. */
export function framed(message: string | Uint8Array, flag = 0, length = message.length): Buffer {
  const prefix = Buffer.of(flag, 0, 0, 0, 0);
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, Buffer.from(message)]);
}
