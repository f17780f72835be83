import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/logger.ts";
import { explainFailure } from "./explainFailure.ts";
import { type FlowsRequest, requestToRelay } from "./filterToRelay.ts";
import { GetFlowsRequestSchema, Observer } from "./gen/observer/observer_pb.js";
import { grpcCodeName, type GrpcFailure } from "./grpcStatus.ts";
import { connectTcp, type Probe, probeRelay } from "./probeRelay.ts";
import { formatRelayAddress, parseRelayAddress, type RelayAddress } from "./relayAddress.ts";
import { RelayError } from "./relayError.ts";
import {
  readNamespaces,
  readNode,
  readServerStatus,
  type RelayNamespace,
  type RelayNodeInfo,
  type ServerStatus,
} from "./serverStatus.ts";
import { StreamingCalls } from "./streamingCalls.ts";
import type { UnaryCalls } from "./unaryCalls.ts";

export interface RelayClientOptions {
  /** `host:port`; with `createConnection`, what a person knows the relay by. */
  readonly address: string;
  /** Makes a byte stream to the relay, ready to use, in place of a TCP connection to `address`. */
  readonly createConnection?: () => Duplex | Promise<Duplex>;
  readonly logger: Logger;
  /** 5 s when absent, as the `hubble` CLI has it. */
  readonly connectTimeoutMs?: number;
  /** For everything but flows: 12 s when absent, as the `hubble` CLI has it. */
  readonly answerTimeoutMs?: number;
}

/**
 * Asks one relay. Connects on the first call, again on the first one after the connection was lost, and never by itself.
 * Every call rejects with a {@link RelayError}; one that is aborted rejects with the signal's reason.
 */
export interface RelayClient extends Disposable {
  serverStatus(signal: AbortSignal): Promise<ServerStatus>;
  nodes(signal: AbortSignal): Promise<readonly RelayNodeInfo[]>;
  namespaces(signal: AbortSignal): Promise<readonly RelayNamespace[]>;
  /**
   * Streams `GetFlowsResponse` messages as they came, one synchronous call each; the bytes lie in a larger buffer,
   * so copy what is to be kept. Resolves when the relay ends the stream, and quietly when it is aborted.
   */
  flows(request: FlowsRequest, onMessage: (raw: Uint8Array) => void, signal: AbortSignal): Promise<void>;
}

/** Makes a client for the relay at an address; nothing is connected yet, and a bad address fails the first call. */
export function openRelayClient(options: RelayClientOptions): RelayClient {
  return new GrpcRelayClient(options);
}

/**
 * Flows come over HTTP/2 itself, all else over grpc-js: what is right for a few answers costs twice as much for a
 * hundred thousand flows a second. A connection of its own also keeps a slow stream from holding up the answers.
 */
class GrpcRelayClient implements RelayClient {
  readonly #options: RelayClientOptions;
  readonly #disposed = new AbortController();
  #streaming: StreamingCalls | undefined;
  #unary: Promise<UnaryCalls> | undefined;

  constructor(options: RelayClientOptions) {
    this.#options = options;
  }

  async serverStatus(signal: AbortSignal): Promise<ServerStatus> {
    return readServerStatus(await this.#ask(Observer.method.serverStatus, signal));
  }

  async nodes(signal: AbortSignal): Promise<readonly RelayNodeInfo[]> {
    return (await this.#ask(Observer.method.getNodes, signal)).nodes.map(readNode);
  }

  async namespaces(signal: AbortSignal): Promise<readonly RelayNamespace[]> {
    return readNamespaces(await this.#ask(Observer.method.getNamespaces, signal));
  }

  async flows(
    request: FlowsRequest,
    onMessage: (raw: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const path = pathOf(Observer.method.getFlows);
    const bytes = toBinary(GetFlowsRequestSchema, requestToRelay(request));
    this.#disposed.signal.throwIfAborted();
    this.#streaming ??= this.#streamingCalls();
    const signals = [signal, this.#disposed.signal];
    const call = { path, request: bytes, connectTimeoutMs: this.#connectTimeoutMs, signals };
    await this.#conclude(path, signals, await this.#streaming.run(call, onMessage));
  }

  dispose(): void {
    this.#disposed.abort();
    this.#streaming?.dispose();
    // What could not be loaded has already failed the call that wanted it.
    this.#unary?.then(
      (calls) => {
        calls.dispose();
      },
      () => undefined,
    );
  }

  get #connectTimeoutMs(): number {
    return this.#options.connectTimeoutMs ?? 5_000;
  }

  async #ask<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal,
  ): Promise<MessageShape<O>> {
    const path = pathOf(method);
    const request = toBinary<DescMessage>(method.input, create<DescMessage>(method.input));
    const timeoutMs = this.#options.answerTimeoutMs ?? 12_000;
    const signals = [signal, this.#disposed.signal];
    const call = { path, request, timeoutMs, connectTimeoutMs: this.#connectTimeoutMs, signals };
    let answer: Uint8Array | undefined;
    this.#disposed.signal.throwIfAborted();
    this.#unary ??= this.#unaryCalls();
    const unary = await this.#unary;
    const failure = await unary.run(call, (raw) => {
      answer = raw;
    });
    await this.#conclude(path, signals, failure);
    for (const one of signals) one.throwIfAborted();
    try {
      return fromBinary(method.output, answer ?? new Uint8Array());
    } catch (cause) {
      throw new RelayError(
        "not-a-relay",
        `What answers at ${this.#options.address} is no Hubble relay.`,
        cause,
      );
    }
  }

  /** Throws what a failure means, except to one who does not want to know any more. */
  async #conclude(
    path: string,
    signals: readonly AbortSignal[],
    failure: GrpcFailure | undefined,
  ): Promise<void> {
    if (!failure) return;
    this.#options.logger.debug("relay", `${path}: ${grpcCodeName(failure.code)} ${failure.details}`);
    const error = await explainFailure(failure, this.#options.address, () => this.#probe());
    if (signals.every((one) => !one.aborted)) throw error;
  }

  #streamingCalls(): StreamingCalls {
    const { createConnection } = this.#options;
    // Who is asked through a stream made on demand is the one at its end, whatever it is called here.
    if (createConnection) return new StreamingCalls({ createConnection, authority: "localhost" });
    const address = this.#address();
    return new StreamingCalls({
      createConnection: () => connect({ ...address, noDelay: true }),
      authority: formatRelayAddress(address),
    });
  }

  async #unaryCalls(): Promise<UnaryCalls> {
    const { createConnection, logger } = this.#options;
    const target = createConnection ?? formatRelayAddress(this.#address());
    // Who only wants flows does not wait for grpc-js to load.
    const { UnaryCalls } = await import("./unaryCalls.ts");
    return new UnaryCalls({ target, logger });
  }

  #address(): RelayAddress {
    const { address } = this.#options;
    const parsed = parseRelayAddress(address);
    if (parsed) return parsed;
    throw new RelayError("bad-address", `“${address}” is not an address: write host:port.`);
  }

  async #probe(): Promise<Probe> {
    const signal = AbortSignal.any([AbortSignal.timeout(this.#connectTimeoutMs), this.#disposed.signal]);
    const { createConnection } = this.#options;
    if (createConnection) return probeRelay(createConnection, signal);
    const address = this.#address();
    return probeRelay(() => connectTcp(address, signal), signal);
  }
}

function pathOf(method: { readonly parent: { readonly typeName: string }; readonly name: string }): string {
  return `/${method.parent.typeName}/${method.name}`;
}
