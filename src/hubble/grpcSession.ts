import { type ClientHttp2Session, type ClientHttp2Stream, connect } from "node:http2";
import type { Duplex } from "node:stream";
import type { Disposable } from "../base/disposable.ts";
import type { GrpcHeaders } from "./grpcStatus.ts";

/** How much may be on its way: a round trip of 50 ms costs a hundredfold with HTTP/2's default of 64 KiB. */
const windowBytes = 8 << 20;

/** In megabytes: beyond it Node refuses streams. What it counts is not what was received, so this is never near. */
const maxSessionMemory = 64;

export interface GrpcSessionOptions {
  /** A byte stream to the server: connected or connecting, of TCP, of TLS with the protocol `h2`, or any other. */
  readonly createConnection: () => Duplex | Promise<Duplex>;
  /** Whom the server is asked as: `host:port`. */
  readonly authority: string;
  /**
   * How often a connection in use is asked whether it lives. 330 s when absent: a server in Go, as hubble-relay is, hangs
   * up on whoever pings it more than once in 5 minutes. Who must know sooner asks for the status now and then.
   */
  readonly keepAliveMs?: number;
  /** How long the answer may take: 20 s when absent. */
  readonly keepAliveTimeoutMs?: number;
}

/**
 * One HTTP/2 connection for gRPC calls: begins to connect when it is made and never does again. Ends when its last user
 * has left after it was retired, by itself or by {@link retire}: no call is cut short by that.
 */
export class GrpcSession implements Disposable {
  /** Resolves when the server has greeted in HTTP/2; rejects when it cannot be had. */
  readonly ready: Promise<void>;
  readonly #options: GrpcSessionOptions;
  #isReady = false;
  #isRetired = false;
  #users = 0;
  #stream: Duplex | undefined;
  #http2: ClientHttp2Session | undefined;
  #loss: Error | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #pingTimeout: NodeJS.Timeout | undefined;

  constructor(options: GrpcSessionOptions) {
    this.#options = options;
    this.ready = this.#connect();
    // Whoever waits for it hears of it; nobody may.
    this.ready.catch(() => undefined);
  }

  /** Why the connection is gone, once it is. */
  get loss(): Error | undefined {
    return this.#loss ?? (this.#stream?.destroyed ? new Error("the connection was closed") : undefined);
  }

  /** May further calls be made on it? Not after the server has said that it goes away. */
  get isOpen(): boolean {
    const isClosing = this.#http2 !== undefined && (this.#http2.closed || this.#http2.destroyed);
    return !this.#isRetired && !isClosing && this.loss === undefined;
  }

  /** How many more calls the server takes at a time on this connection; unlimited until it has said so. */
  get room(): number {
    const most = this.#isReady ? (this.#http2?.remoteSettings.maxConcurrentStreams ?? Infinity) : Infinity;
    // A server that takes none is asked all the same: it may take one later.
    return Math.max(1, most) - this.#users;
  }

  /** Keeps the connection until the answer is called, once: also from ending the process's event loop. */
  use(): () => void {
    this.#users++;
    if (this.#users === 1) this.#hold();
    return () => {
      this.#users--;
      if (this.#users > 0) return;
      this.#hold();
      if (this.#isRetired || !this.#isReady) this.dispose();
    };
  }

  /** Begins a call; throws when the connection cannot take it any more. */
  request(headers: GrpcHeaders): ClientHttp2Stream {
    if (!this.#http2) throw this.#loss ?? new Error("there is no connection");
    return this.#http2.request({ ":authority": this.#options.authority, ...headers });
  }

  /** Nobody is to use it any more but those who do. */
  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0 || !this.#isReady) this.dispose();
  }

  /** Closes the connection at once, whatever runs on it. */
  dispose(): void {
    this.#lose(new Error("the connection was given up"));
  }

  async #connect(): Promise<void> {
    const stream = await this.#options.createConnection();
    this.#stream = stream;
    stream.on("error", (error: Error) => {
      this.#lose(error);
    });
    if (this.#loss) stream.destroy();
    if (this.loss) throw stream.errored ?? this.loss;
    const http2 = connect(`${isEncrypted(stream) ? "https" : "http"}://localhost`, {
      createConnection: () => stream,
      settings: { initialWindowSize: windowBytes, enablePush: false },
      maxSessionMemory,
    });
    this.#http2 = http2;
    this.#hold();
    await this.#greeting(http2);
    this.#isReady = true;
  }

  #greeting(http2: ClientHttp2Session): Promise<void> {
    return new Promise((resolve, reject) => {
      const lose = (error: Error): void => {
        this.#lose(this.#stream?.errored ?? error);
        reject(this.#loss ?? error);
      };
      http2.once("connect", () => {
        http2.setLocalWindowSize(windowBytes);
      });
      http2.once("remoteSettings", () => {
        resolve();
      });
      http2.once("goaway", () => {
        this.retire();
      });
      http2.on("error", lose);
      http2.once("close", () => {
        lose(new Error("the connection was closed"));
      });
    });
  }

  #lose(error: Error): void {
    if (this.#loss) return;
    this.#loss = error;
    this.#hold();
    this.#http2?.destroy();
    this.#stream?.destroy();
  }

  /** While somebody uses the connection it keeps the process alive, and is asked whether it lives. */
  #hold(): void {
    clearInterval(this.#keepAlive);
    clearTimeout(this.#pingTimeout);
    if (!this.#http2 || this.#loss) return;
    if (this.#users === 0) {
      this.#http2.unref();
      return;
    }
    this.#http2.ref();
    this.#keepAlive = setInterval(() => {
      this.#ping();
    }, this.#options.keepAliveMs ?? 330_000);
  }

  #ping(): void {
    const timeoutMs = this.#options.keepAliveTimeoutMs ?? 20_000;
    this.#pingTimeout = setTimeout(() => {
      this.#lose(new Error(`no sign of life for ${timeoutMs / 1000} s`));
    }, timeoutMs);
    this.#http2?.ping(() => {
      clearTimeout(this.#pingTimeout);
    });
  }
}

function isEncrypted(stream: Duplex): boolean {
  return "encrypted" in stream && stream.encrypted === true;
}
