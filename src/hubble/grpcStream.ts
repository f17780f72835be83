import { type ClientHttp2Stream, constants } from "node:http2";
import { assertNever } from "../base/assertNever.ts";
import { DirectReads } from "./directReads.ts";
import type { GrpcCall } from "./grpcCall.ts";
import { type FrameProblem, GrpcFrames } from "./grpcFrames.ts";
import type { GrpcSession } from "./grpcSession.ts";
import {
  grpcCodes,
  type GrpcFailure,
  type GrpcHeaders,
  type GrpcStatus,
  statusOfHttp,
  statusOfReset,
  statusOfTrailers,
} from "./grpcStatus.ts";
import { Turn } from "./turn.ts";

/** A call that is answered by a stream of messages, on a connection that is ready. */
export interface GrpcStreamCall extends Omit<GrpcCall, "connectTimeoutMs"> {
  /** Gets the headers of the answer, if it has any besides its status; once, before the first message. */
  readonly onHeaders?: (headers: GrpcHeaders) => void;
}

/** How a call failed; `refused`: the server has not begun to work on it, so it may be made again. */
export interface GrpcStreamFailure extends GrpcFailure {
  readonly refused: boolean;
}

/**
 * Runs one call; `onMessage` gets each message's bytes, synchronously, and never after the end. While it takes its time
 * nothing is read: the window, and then the connection, hold the server back. Resolves with how the call failed, or with
 * nothing when it ended well or was aborted, which resets it at once; rejects with what `onMessage` throws.
 */
export function runGrpcStream(
  session: GrpcSession,
  call: GrpcStreamCall,
  onMessage: (raw: Uint8Array) => void,
): Promise<GrpcStreamFailure | undefined> {
  if (call.signals.some((signal) => signal.aborted)) return Promise.resolve(undefined);
  let stream: ClientHttp2Stream;
  try {
    stream = session.request(headersOf(call));
  } catch (error) {
    // The connection is about to go: nothing has left for the server.
    const cause = toError(error);
    const { code, details } = statusOfReset(constants.NGHTTP2_REFUSED_STREAM);
    return Promise.resolve({ code, details, answered: false, foreign: false, refused: true, cause });
  }
  stream.once("close", session.use());
  const running = new RunningStream(session, stream, call, onMessage);
  const { request } = call;
  const framed = Buffer.alloc(5 + request.length);
  framed.writeUInt32BE(request.length, 1);
  framed.set(request, 5);
  stream.end(framed);
  return running.outcome;
}

class RunningStream {
  readonly outcome: Promise<GrpcStreamFailure | undefined>;
  readonly #session: GrpcSession;
  readonly #stream: ClientHttp2Stream;
  readonly #call: GrpcStreamCall;
  readonly #frames: GrpcFrames;
  readonly #turn = new Turn();
  readonly #timer: NodeJS.Timeout | undefined;
  #resolve: (failure: GrpcStreamFailure | undefined) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;
  #isSettled = false;
  #answered = false;
  #foreign = false;
  /** 0 before the headers of the answer. */
  #httpStatus = 0;
  /** What the server said at the end; it may come while messages before it are still to be handed out. */
  #ending: GrpcStatus | undefined;
  #streamError: Error | undefined;

  constructor(
    session: GrpcSession,
    stream: ClientHttp2Stream,
    call: GrpcStreamCall,
    onMessage: (raw: Uint8Array) => void,
  ) {
    this.#session = session;
    this.#stream = stream;
    this.#call = call;
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#frames = new GrpcFrames((raw) => {
      this.#answered = true;
      try {
        onMessage(raw);
      } catch (error) {
        this.#leave();
        this.#reject(toError(error));
      }
    });
    if (call.timeoutMs !== undefined) {
      this.#timer = setTimeout(() => {
        this.#fail({ code: grpcCodes.DEADLINE_EXCEEDED, details: "no answer in time" });
      }, call.timeoutMs);
    }
    for (const signal of call.signals) signal.addEventListener("abort", this.#succeed);
    this.#listen(stream);
  }

  #listen(stream: ClientHttp2Stream): void {
    stream.on("response", (headers, flags) => {
      const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      this.#begin(headers[":status"] ?? 0, headers, isAll);
    });
    stream.on("trailers", (trailers: GrpcHeaders) => {
      this.#ending = statusOfTrailers(trailers) ?? statusOfHttp(this.#httpStatus);
    });
    new DirectReads(stream, (chunk) => this.#take(chunk));
    stream.on("end", () => {
      if (this.#ending) this.#end(this.#ending);
    });
    stream.on("error", (error: Error) => {
      this.#streamError = error;
    });
    stream.on("close", () => {
      // The connection may be about to say that it is gone.
      setImmediate(() => {
        if (!this.#isSettled) this.#break();
      });
    });
  }

  #begin(httpStatus: number, headers: GrpcHeaders, isAll: boolean): void {
    this.#httpStatus = httpStatus;
    const contentType = String(headers["content-type"] ?? "");
    const isGrpc = contentType.startsWith("application/grpc");
    if (isAll) {
      const status = statusOfTrailers(headers);
      this.#foreign = !status && !isGrpc && contentType !== "";
      this.#ending = status ?? statusOfHttp(httpStatus);
      return;
    }
    this.#answered = isGrpc;
    this.#foreign = !isGrpc && contentType !== "";
    // What is not gRPC, a page of a proxy for instance, is not read: its HTTP status says what can be said.
    if (this.#foreign) this.#fail(statusOfHttp(httpStatus));
    else this.#call.onHeaders?.(headers);
  }

  /** Answers whether reading is to pause: a turn took long enough. */
  #take(chunk: Buffer): boolean {
    if (this.#isSettled) return false;
    const problem = this.#frames.push(chunk);
    if (problem) this.#fail(this.#httpStatus === 200 ? statusOf(problem) : statusOfHttp(this.#httpStatus));
    return this.#turn.isOver();
  }

  /** All has come, and been handed out. */
  #end(ending: GrpcStatus): void {
    if (ending.code !== grpcCodes.OK) this.#fail(ending);
    else if (this.#frames.isMidMessage)
      this.#fail({ code: grpcCodes.INTERNAL, details: "its last message has no end" });
    else this.#succeed();
  }

  /** It is over before its end. */
  #break(): void {
    const { loss } = this.#session;
    const reset = this.#stream.rstCode;
    const isReset = reset !== constants.NGHTTP2_NO_ERROR;
    if (this.#ending && (!isReset || this.#ending.code !== grpcCodes.OK)) this.#end(this.#ending);
    else if (reset === constants.NGHTTP2_REFUSED_STREAM)
      this.#fail(statusOfReset(reset), this.#streamError, !this.#answered);
    else if (loss) this.#fail({ code: grpcCodes.UNAVAILABLE, details: loss.message }, loss);
    else if (isReset || this.#httpStatus === 200 || this.#httpStatus === 0)
      this.#fail(statusOfReset(reset), this.#streamError);
    else this.#fail(statusOfHttp(this.#httpStatus), this.#streamError);
  }

  readonly #succeed = (): void => {
    this.#leave();
    this.#resolve(undefined);
  };

  #fail({ code, details }: GrpcStatus, cause = new Error(details), refused = false): void {
    this.#leave();
    this.#resolve({ code, details, answered: this.#answered, foreign: this.#foreign, refused, cause });
  }

  #leave(): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#frames.end();
    for (const signal of this.#call.signals) signal.removeEventListener("abort", this.#succeed);
    this.#stream.close(constants.NGHTTP2_CANCEL);
    this.#stream.destroy();
  }
}

function headersOf({ path, timeoutMs }: GrpcStreamCall): GrpcHeaders {
  return {
    ":method": "POST",
    ":path": path,
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": "hubble-lens",
    "grpc-accept-encoding": "identity",
    // At most 8 digits: a day is as good as for ever.
    ...(timeoutMs !== undefined && { "grpc-timeout": `${Math.min(86_400_000, Math.ceil(timeoutMs))}m` }),
  };
}

function statusOf(problem: FrameProblem): GrpcStatus {
  switch (problem) {
    case "compressed":
      return { code: grpcCodes.INTERNAL, details: "it sent a compressed message, for which nobody asked" };
    case "too-large":
      return { code: grpcCodes.RESOURCE_EXHAUSTED, details: "it sent a message that is too large" };
    default:
      return assertNever(problem);
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
