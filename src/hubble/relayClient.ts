import { Client, credentials, status } from "@grpc/grpc-js";
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { Duplex } from "node:stream";
import type { Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/logger.ts";
import { endingCredentials } from "./endingCredentials.ts";
import { explainFailure } from "./explainFailure.ts";
import { type FlowsRequest, requestToRelay } from "./filterToRelay.ts";
import { GetFlowsRequestSchema, Observer } from "./gen/observer/observer_pb.js";
import { type GrpcCall, runGrpcCall } from "./grpcCall.ts";
import { type LoopbackBridge, openLoopbackBridge } from "./loopbackBridge.ts";
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

const channelOptions = {
  // A round trip of 50 ms costs a hundredfold with the default of 64 KiB.
  "grpc-node.flow_control_window": 8 << 20,
  // A flow has some 2 KB; this only keeps a hostile answer from filling the memory.
  "grpc.max_receive_message_length": 64 << 20,
  // Notices a half-open connection under a quiet stream, if late: a server in Go, as hubble-relay is, hangs up on
  // whoever pings it more than once in 5 minutes. Who must know sooner asks for the status now and then.
  "grpc.keepalive_time_ms": 330_000,
  "grpc.keepalive_timeout_ms": 20_000,
  // A channel of one client must not inherit another one's backoff.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.primary_user_agent": "hubble-lens",
};

class GrpcRelayClient implements RelayClient {
  readonly #options: RelayClientOptions;
  readonly #disposed = new AbortController();
  readonly #clients = new Set<Client>();
  readonly #credentials = endingCredentials(credentials.createInsecure());
  #current: Client | undefined;
  #bridge: Promise<LoopbackBridge> | undefined;

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
    const bytes = toBinary(GetFlowsRequestSchema, requestToRelay(request));
    await this.#call({ path: pathOf(Observer.method.getFlows), request: bytes }, onMessage, signal);
  }

  dispose(): void {
    this.#disposed.abort();
    for (const client of this.#clients) client.close();
    this.#credentials.end();
    this.#clients.clear();
    this.#current = undefined;
    // A bridge that could not be opened has already failed the call that wanted it.
    this.#bridge?.then(
      (bridge) => {
        bridge.dispose();
      },
      () => undefined,
    );
  }

  async #ask<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    signal: AbortSignal,
  ): Promise<MessageShape<O>> {
    const request = toBinary<DescMessage>(method.input, create<DescMessage>(method.input));
    const timeoutMs = this.#options.answerTimeoutMs ?? 12_000;
    let answer: Uint8Array | undefined;
    await this.#call(
      { path: pathOf(method), request, timeoutMs },
      (raw) => {
        answer = raw;
      },
      signal,
    );
    signal.throwIfAborted();
    this.#disposed.signal.throwIfAborted();
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

  async #call(
    call: Pick<GrpcCall, "path" | "request" | "timeoutMs">,
    onMessage: (raw: Uint8Array) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const client = await this.#connect();
    const connectTimeoutMs = this.#options.connectTimeoutMs ?? 5_000;
    const signals = [signal, this.#disposed.signal];
    const failure = await runGrpcCall(client, { ...call, connectTimeoutMs, signals }, onMessage);
    if (!failure) return;
    this.#options.logger.debug("relay", `${call.path}: ${status[failure.code]} ${failure.details}`);
    if (failure.code === status.UNAVAILABLE || failure.code === status.DEADLINE_EXCEEDED)
      this.#retire(client);
    const error = await explainFailure(failure, this.#options.address, () => this.#probe(connectTimeoutMs));
    if (signals.every((one) => !one.aborted)) throw error;
  }

  async #connect(): Promise<Client> {
    const address = await this.#target();
    this.#disposed.signal.throwIfAborted();
    if (this.#current) return this.#current;
    const client = new Client(formatRelayAddress(address), this.#credentials.credentials, channelOptions);
    this.#clients.add(client);
    this.#current = client;
    return client;
  }

  async #target(): Promise<RelayAddress> {
    const { address, createConnection, logger } = this.#options;
    if (createConnection) {
      this.#bridge ??= openLoopbackBridge(createConnection, logger);
      return { host: "127.0.0.1", port: (await this.#bridge).port };
    }
    const parsed = parseRelayAddress(address);
    if (parsed) return parsed;
    throw new RelayError("bad-address", `“${address}” is not an address: write host:port.`);
  }

  /** The next call connects anew, with no backoff of this one's; calls still running on it end by themselves. */
  #retire(client: Client): void {
    if (this.#current === client) this.#current = undefined;
    this.#clients.delete(client);
    client.close();
  }

  async #probe(timeoutMs: number): Promise<Probe> {
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#disposed.signal]);
    const { createConnection } = this.#options;
    if (createConnection) return probeRelay(createConnection, signal);
    const address = await this.#target();
    return probeRelay(() => connectTcp(address, signal), signal);
  }
}

function pathOf(method: { readonly parent: { readonly typeName: string }; readonly name: string }): string {
  return `/${method.parent.typeName}/${method.name}`;
}
