import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { once } from "node:events";
import { type IncomingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from "node:http2";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import {
  type GetFlowsRequest,
  GetFlowsRequestSchema,
  GetNamespacesResponseSchema,
  GetNodesResponseSchema,
  ServerStatusResponseSchema,
} from "../../src/hubble/gen/observer/observer_pb.js";
import { NodeState } from "../../src/hubble/gen/relay/relay_pb.js";
import type { FramedFlows, Frames } from "./framedFlows.ts";
import { FrameTap } from "./frameTap.ts";

const prefixBytes = 5;
/** As much as is copied and written in one go. */
const batchBytes = 256 << 10;
/** So much may wait for the socket, for each call. */
const batchesUnderWay = 4;
/** Between two batches of a steady rate. */
const tickMs = 2;

/**
 * A relay of gRPC over HTTP/2, on loopback, that replays flows as fast as they are taken: a call for what is held gets the
 * flows as they are, the oldest first and the newest `number` of them; one that follows gets copies, each a flow of its
 * own that happens now, as many as {@link send} or {@link setRate} say. It filters nothing: whoever asks gets all.
 */
export class ReplayServer {
  readonly #flows: FramedFlows;
  readonly #newPods: boolean;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #calls = new Set<FlowsCall>();
  #timer: NodeJS.Timeout | undefined;
  /** Numbers the copies, so that no two are the same flow. */
  #sequence: number;
  /** When the newest copy happened, in ms since 1970. */
  #lastMs = 0;

  /** @param options `newPods`: each copy comes from a pod of its own; `sequence`: of the first copy */
  constructor(flows: FramedFlows, options: { readonly newPods?: boolean; readonly sequence?: number } = {}) {
    this.#flows = flows;
    this.#newPods = options.newPods ?? false;
    this.#sequence = options.sequence ?? 0;
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#serve(socket);
    });
  }

  /** Listens on any free port of loopback; answers `127.0.0.1:PORT`. */
  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** How many calls follow now. */
  get followers(): number {
    return [...this.#calls].filter(({ follows }) => follows).length;
  }

  /** Lets so many more flows happen, as fast as each of those who follow takes them. */
  send(count: number): void {
    for (const call of this.#calls) if (call.follows) call.grant(count);
  }

  /** From now on so many flows happen per second, in small batches; what was granted before and not sent is forgotten. */
  setRate(perSecond: number): void {
    clearInterval(this.#timer);
    for (const call of this.#calls) if (call.follows) call.halt();
    if (perSecond === 0) return;
    const begunMs = performance.now();
    let sent = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - begunMs) * perSecond) / 1000) - sent;
      sent += due;
      this.send(due);
    }, tickMs);
  }

  /** Hangs up on everybody and stops listening. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    const tap = new FrameTap(socket);
    const calls = new Set<FlowsCall>();
    tap.onWindow = () => {
      for (const call of calls) call.write();
    };
    const session = performServerHandshake(tap);
    // Whoever hangs up in the middle of a stream ends the connection with an error: that is no news here.
    tap.on("error", () => {
      session.destroy();
    });
    session.on("error", () => tap.destroy());
    session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      stream.on("error", () => {
        stream.destroy();
      });
      void this.#answer({ stream, tap, calls, path: headers[":path"] ?? "" });
    });
  }

  async #answer({ stream, tap, calls, path }: Question): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of stream) chunks.push(chunk as Buffer);
    } catch {
      // The call was taken back before it was asked.
      return;
    }
    const message = Buffer.concat(chunks).subarray(prefixBytes);
    switch (path) {
      case "/observer.Observer/GetFlows": {
        const call = this.#openCall(stream, tap, fromBinary(GetFlowsRequestSchema, message));
        for (const set of [calls, this.#calls]) {
          set.add(call);
          stream.once("close", () => set.delete(call));
        }
        begin(stream, 0);
        return;
      }
      case "/observer.Observer/ServerStatus":
        answerOnce(stream, toBinary(ServerStatusResponseSchema, this.#status()));
        return;
      case "/observer.Observer/GetNodes":
        answerOnce(stream, nodes);
        return;
      case "/observer.Observer/GetNamespaces":
        answerOnce(stream, namespaces);
        return;
      default:
        begin(stream, 12);
        stream.end();
    }
  }

  #status() {
    const numFlows = BigInt(this.#flows.length);
    return create(ServerStatusResponseSchema, {
      version: "replay",
      numFlows,
      maxFlows: numFlows,
      seenFlows: BigInt(this.#sequence) + numFlows,
      numConnectedNodes: 1,
      numUnavailableNodes: 0,
    });
  }

  #openCall(stream: ServerHttp2Stream, tap: FrameTap, request: GetFlowsRequest): FlowsCall {
    const { length } = this.#flows;
    if (request.follow) {
      return new FlowsCall(stream, tap, (room, most) => this.#copies(room, most, stream.id ?? 0));
    }
    const count = request.number === 0n ? length : Math.min(length, Number(request.number));
    let from = request.first ? 0 : length - count;
    const take: TakeFrames = (room, most) => {
      const taken = Math.min(most, this.#flows.countWithin(from, room));
      const range = { from, end: from + taken, stream: stream.id ?? 0 };
      from += taken;
      return { count: taken, frames: this.#flows.frames(range) };
    };
    return new FlowsCall(stream, tap, take, count);
  }

  /** The next flows that happen. */
  #copies(room: number, most: number, stream: number): ReturnType<TakeFrames> {
    const from = this.#sequence % this.#flows.length;
    const count = Math.min(most, this.#flows.countWithin(from, room));
    const nowMs = Math.max(Date.now(), this.#lastMs);
    const stamp = { nowMs, sequence: this.#sequence, newPods: this.#newPods };
    this.#sequence += count;
    this.#lastMs = nowMs + count / 1000;
    return { count, frames: this.#flows.stamped({ from, end: from + count, stream, ...stamp }) };
  }
}

interface Question {
  readonly stream: ServerHttp2Stream;
  readonly tap: FrameTap;
  /** Of the same connection. */
  readonly calls: Set<FlowsCall>;
  readonly path: string;
}

/** The next flows, at most so many and no more than have room in so many bytes. */
type TakeFrames = (room: number, most: number) => { readonly count: number; readonly frames: Frames };

/** Writes as many flows as were granted to one who asked, and no faster than they are taken. */
class FlowsCall {
  readonly #stream: ServerHttp2Stream;
  readonly #tap: FrameTap;
  readonly #take: TakeFrames;
  /** Does it go on for ever, and not end with the last flow that is held? */
  readonly follows: boolean;
  #granted: number;
  #underWay = 0;

  constructor(stream: ServerHttp2Stream, tap: FrameTap, take: TakeFrames, held?: number) {
    this.#stream = stream;
    this.#tap = tap;
    this.#take = take;
    this.follows = held === undefined;
    this.#granted = held ?? 0;
  }

  grant(count: number): void {
    this.#granted += count;
    this.write();
  }

  halt(): void {
    this.#granted = 0;
  }

  /** Writes what can be written now. */
  write(): void {
    const stream = this.#stream.id ?? 0;
    while (this.#granted > 0 && this.#underWay < batchesUnderWay && !this.#stream.destroyed) {
      const room = Math.min(batchBytes, this.#tap.windowOf(stream));
      const { count, frames } = this.#take(room, this.#granted);
      if (count === 0) return;
      this.#granted -= count;
      this.#underWay += 1;
      this.#tap.writeData(stream, frames.bytes, frames.dataBytes, () => {
        this.#underWay -= 1;
        this.write();
      });
    }
    const isDone = !this.follows && this.#granted === 0 && this.#underWay === 0;
    if (isDone && !this.#stream.writableEnded) this.#stream.end();
  }
}

function begin(stream: ServerHttp2Stream, status: number): void {
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  stream.once("wantTrailers", () => {
    stream.sendTrailers({ "grpc-status": String(status) });
  });
}

function answerOnce(stream: ServerHttp2Stream, message: Uint8Array): void {
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(message.length, 1);
  begin(stream, 0);
  stream.end(Buffer.concat([prefix, message]));
}

const nodes = toBinary(
  GetNodesResponseSchema,
  create(GetNodesResponseSchema, {
    nodes: [{ name: "replay", version: "replay", address: "127.0.0.1", state: NodeState.NODE_CONNECTED }],
  }),
);

const namespaces = toBinary(
  GetNamespacesResponseSchema,
  create(GetNamespacesResponseSchema, { namespaces: [{ namespace: "team-0-frontend", cluster: "prod" }] }),
);
