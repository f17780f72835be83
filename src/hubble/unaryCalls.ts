import { Client, credentials } from "@grpc/grpc-js";
import type { Duplex } from "node:stream";
import type { Disposable } from "../base/disposable.ts";
import type { Logger } from "../base/logger.ts";
import { endingCredentials } from "./endingCredentials.ts";
import { type GrpcCall, runGrpcCall } from "./grpcCall.ts";
import { grpcCodes, type GrpcFailure } from "./grpcStatus.ts";
import { type LoopbackBridge, openLoopbackBridge } from "./loopbackBridge.ts";

const channelOptions = {
  // An answer has some KB; this only keeps a hostile one from filling the memory.
  "grpc.max_receive_message_length": 64 << 20,
  // A channel of one client must not inherit another one's backoff.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.enable_http_proxy": 0,
  "grpc.service_config_disable_resolution": 1,
  "grpc.primary_user_agent": "hubble-lens",
};

/** Where calls go: an address as grpc-js reads it, or what makes byte streams. */
export interface UnaryCallsOptions {
  readonly target: string | (() => Duplex | Promise<Duplex>);
  readonly logger: Logger;
}

/** Makes calls with one answer to one server, over grpc-js. Connects when a call needs it. */
export class UnaryCalls implements Disposable {
  readonly #options: UnaryCallsOptions;
  readonly #clients = new Set<Client>();
  readonly #credentials = endingCredentials(credentials.createInsecure());
  #isDisposed = false;
  #current: Client | undefined;
  #bridge: Promise<LoopbackBridge> | undefined;

  constructor(options: UnaryCallsOptions) {
    this.#options = options;
  }

  /** As {@link runGrpcCall}. */
  async run(call: GrpcCall, onMessage: (raw: Uint8Array) => void): Promise<GrpcFailure | undefined> {
    const address = await this.#address();
    if (this.#isDisposed) return undefined;
    const client = this.#client(address);
    const failure = await runGrpcCall(client, call, onMessage);
    if (failure?.code === grpcCodes.UNAVAILABLE || failure?.code === grpcCodes.DEADLINE_EXCEEDED)
      this.#retire(client);
    return failure;
  }

  dispose(): void {
    this.#isDisposed = true;
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

  async #address(): Promise<string> {
    const { target, logger } = this.#options;
    if (typeof target === "string") return target;
    this.#bridge ??= openLoopbackBridge(target, logger);
    return `127.0.0.1:${(await this.#bridge).port}`;
  }

  #client(address: string): Client {
    if (this.#current) return this.#current;
    const client = new Client(address, this.#credentials.credentials, channelOptions);
    this.#clients.add(client);
    this.#current = client;
    return client;
  }

  /** The next call connects anew, with no backoff of this one's; calls still running on it end by themselves. */
  #retire(client: Client): void {
    if (this.#current === client) this.#current = undefined;
    this.#clients.delete(client);
    client.close();
  }
}
