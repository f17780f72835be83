import type { Disposable } from "../base/disposable.ts";
import type { GrpcCall } from "./grpcCall.ts";
import { GrpcSession, type GrpcSessionOptions } from "./grpcSession.ts";
import { grpcCodes, type GrpcFailure } from "./grpcStatus.ts";
import { type GrpcStreamCall, type GrpcStreamFailure, runGrpcStream } from "./grpcStream.ts";

/** A streaming call and how long its connection may take. */
export type StreamingCall = GrpcStreamCall & Pick<GrpcCall, "connectTimeoutMs">;

/**
 * Makes streaming calls to one server, over as few connections as it allows: one, unless it takes fewer calls at a time
 * than are made. Connects when a call needs it, anew when the connection was lost, and without waiting in between.
 */
export class StreamingCalls implements Disposable {
  readonly #options: GrpcSessionOptions;
  readonly #sessions = new Set<GrpcSession>();
  #isDisposed = false;

  constructor(options: GrpcSessionOptions) {
    this.#options = options;
  }

  /** As {@link runGrpcStream}; a call that the server has refused without looking at it is made once more. */
  async run(call: StreamingCall, onMessage: (raw: Uint8Array) => void): Promise<GrpcFailure | undefined> {
    const endsAt = performance.now() + (call.timeoutMs ?? Infinity);
    const failure = await this.#try(call, endsAt, onMessage);
    return failure?.refused ? this.#try(call, endsAt, onMessage) : failure;
  }

  dispose(): void {
    this.#isDisposed = true;
    for (const session of this.#sessions) session.dispose();
    this.#sessions.clear();
  }

  async #try(
    call: StreamingCall,
    endsAt: number,
    onMessage: (raw: Uint8Array) => void,
  ): Promise<GrpcStreamFailure | undefined> {
    for (;;) {
      const session = this.#pick();
      const leave = session.use();
      let failure: GrpcStreamFailure | undefined;
      try {
        failure = await connected(session, call, endsAt);
        if (isAborted(call)) return undefined;
        // Only now the server has said how many calls it takes; those that are too many go elsewhere.
        if (!failure && session.room < 0) continue;
        failure ??= await runGrpcStream(session, withTimeLeft(call, endsAt), onMessage);
      } finally {
        leave();
      }
      // What is wrong with it may be over when the next call is made, on a connection of its own.
      if (failure?.code === grpcCodes.UNAVAILABLE || failure?.code === grpcCodes.DEADLINE_EXCEEDED)
        session.retire();
      return failure;
    }
  }

  #pick(): GrpcSession {
    for (const session of this.#sessions) {
      if (session.loss) this.#sessions.delete(session);
      else if (session.isOpen && session.room > 0) return session;
    }
    const session = new GrpcSession(this.#options);
    this.#sessions.add(session);
    if (this.#isDisposed) session.dispose();
    return session;
  }
}

/** Waits until the connection is there; resolves with why it is not, and with nothing also when the call was aborted. */
function connected(
  session: GrpcSession,
  call: StreamingCall,
  endsAt: number,
): Promise<GrpcStreamFailure | undefined> {
  return new Promise((resolve) => {
    const settle = (failure?: GrpcStreamFailure): void => {
      clearTimeout(timer);
      for (const signal of call.signals) signal.removeEventListener("abort", onSettled);
      resolve(failure);
    };
    const fail = (code: number, cause: Error): void => {
      settle({ code, details: cause.message, answered: false, foreign: false, refused: false, cause });
    };
    const onSettled = (): void => {
      settle();
    };
    const timer = setTimeout(
      () => {
        fail(grpcCodes.DEADLINE_EXCEEDED, new Error("no connection in time"));
      },
      Math.min(call.connectTimeoutMs, endsAt - performance.now()),
    );
    for (const signal of call.signals) signal.addEventListener("abort", onSettled);
    if (isAborted(call)) settle();
    session.ready.then(onSettled, (error: unknown) => {
      fail(grpcCodes.UNAVAILABLE, error instanceof Error ? error : new Error(String(error)));
    });
  });
}

function isAborted({ signals }: StreamingCall): boolean {
  return signals.some(({ aborted }) => aborted);
}

function withTimeLeft(call: StreamingCall, endsAt: number): StreamingCall {
  return endsAt === Infinity ? call : { ...call, timeoutMs: Math.max(0, endsAt - performance.now()) };
}
