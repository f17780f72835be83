import { type Client, connectivityState, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { GrpcFailure } from "./grpcStatus.ts";
import { Turn } from "./turn.ts";

/** One call: gRPC has the same bytes on the wire for a single answer and for a stream of them. */
export interface GrpcCall {
  /** `/package.Service/Method`. */
  readonly path: string;
  readonly request: Uint8Array;
  readonly connectTimeoutMs: number;
  /** The whole call must end within this time; absent: it may last. */
  readonly timeoutMs?: number;
  /** Any of them ends the call quietly. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Runs a call over grpc-js; `onMessage` gets each message's bytes, synchronously, and never after the end.
 * Resolves with how it failed, or with nothing when it ended well or was aborted; rejects with what `onMessage` throws.
 */
export function runGrpcCall(
  client: Client,
  options: GrpcCall,
  onMessage: (raw: Uint8Array) => void,
): Promise<GrpcFailure | undefined> {
  if (options.signals.some((signal) => signal.aborted)) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    let settled = false;
    let answered = false;
    let foreign = false;
    const deadline = options.timeoutMs === undefined ? Infinity : Date.now() + options.timeoutMs;
    const call = client.makeServerStreamRequest(
      options.path,
      (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
      (bytes: Buffer): Uint8Array => bytes,
      options.request,
      new Metadata(),
      { deadline },
    );
    const settle = (finish: () => void): void => {
      if (settled) return;
      settled = true;
      clearTimeout(connectTimer);
      for (const signal of options.signals) signal.removeEventListener("abort", onAbort);
      call.cancel();
      finish();
    };
    const fail = (code: status, details: string, cause: Error): void => {
      settle(() => {
        resolve({ code, details, answered, foreign, cause });
      });
    };
    const onAbort = (): void => {
      settle(() => {
        resolve(undefined);
      });
    };
    const connectTimer = setTimeout(() => {
      fail(status.DEADLINE_EXCEEDED, "no connection in time", new Error("no connection in time"));
    }, options.connectTimeoutMs);
    for (const signal of options.signals) signal.addEventListener("abort", onAbort);

    // Not `waitForReady`: that connects anew when the client is closed. Without a deadline: its timer would outlive the call.
    const channel = client.getChannel();
    const watchConnection = (): void => {
      const state = channel.getConnectivityState(false);
      if (settled || state === connectivityState.SHUTDOWN) return;
      if (state === connectivityState.READY) clearTimeout(connectTimer);
      else channel.watchConnectivityState(state, Infinity, watchConnection);
    };
    watchConnection();
    call.on("metadata", (metadata) => {
      const contentType = metadata.get("content-type")[0]?.toString() ?? "";
      if (contentType.startsWith("application/grpc")) answered = true;
      else if (contentType) foreign = true;
    });
    const turn = new Turn();
    call.on("data", (raw: Uint8Array) => {
      if (settled) return;
      answered = true;
      try {
        onMessage(raw);
      } catch (error) {
        settle(() => {
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      }
      if (!turn.isOver()) return;
      call.pause();
      setImmediate(() => call.resume());
    });
    call.on("error", (error: ServiceError) => {
      fail(error.code, error.details, error);
    });
    call.on("end", onAbort);
  });
}
