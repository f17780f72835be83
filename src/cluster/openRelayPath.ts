import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import type { Disposable } from "../base/disposable.ts";
import { Emitter, type Event } from "../base/event.ts";
import type { Logger } from "../base/logger.ts";
import { type ApiServer, type ApiServerOptions, openApiServer } from "./apiServer.ts";
import { chooseContext } from "./chooseContext.ts";
import { ClusterError } from "./clusterError.ts";
import { type FoundRelay, findRelay, type RelayPod } from "./findRelay.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { openPortForward } from "./portForward.ts";

/** Which relay: a Service in a namespace of a kubeconfig's context. */
export interface RelayPathTarget {
  /** Files in place of those of `KUBECONFIG`; empty: as kubectl finds them. */
  readonly kubeconfigPaths: readonly string[];
  /** Absent: the current context. */
  readonly context?: string;
  readonly namespace: string;
  readonly service: string;
}

/** How to open it, and who is told. */
export interface RelayPathOptions extends ApiServerOptions {
  /** Ends the opening; the open path ends with `dispose`. */
  readonly signal: AbortSignal;
  readonly logger: Logger;
  readonly onStep: (step: "kubeconfig" | "find-relay" | "port-forward") => void;
}

/** An open way to a relay in a cluster. It does not heal itself: when forwards fail, open another one. */
export interface RelayPath extends Disposable {
  /** `127.0.0.1:port`: each connection to it is forwarded to the relay's pod. Only this process is meant to connect. */
  readonly address: string;
  /** For people: `kind-prod · kube-system/hubble-relay`. */
  readonly description: string;
  readonly podName: string;
  /** The Service's port: 80 is a plain relay, 443 one with TLS. */
  readonly servicePort: number;
  /** One more connection to the relay's pod, without the listener; the caller owns it. */
  createConnection(): Promise<Duplex>;
  /** A forward behind `address` failed, with why; its connection is closed by then. */
  readonly onForwardFailed: Event<ClusterError>;
}

/** Pods that are tried before it is said that none can be forwarded to. */
const maxPodsTried = 3;

/**
 * Opens the way to a relay: kubeconfig → API server → Service → ready pod → port-forward, and proves it by opening one
 * forward, which the first connection then uses. Throws `ClusterError`, or the signal's reason.
 */
export async function openRelayPath(target: RelayPathTarget, options: RelayPathOptions): Promise<RelayPath> {
  const { signal, logger, onStep } = options;
  signal.throwIfAborted();
  onStep("kubeconfig");
  const context = chooseContext(await readKubeconfig(target.kubeconfigPaths), target.context);
  const api = await openApiServer(context, options);
  let forwards: Forwards | undefined;
  try {
    logger.info("cluster", `Asking ${context.server} (${context.name}) for ${target.service}`);
    onStep("find-relay");
    const found = await findRelay(api, target, signal);
    onStep("port-forward");
    forwards = await openFirstForward(api, found, options);
    const address = await forwards.listen();
    signal.throwIfAborted();
    const { pod } = forwards;
    logger.info("cluster", `Forwarding ${address} to ${pod.namespace}/${pod.name}, port ${pod.port}`);
    return relayPath(forwards, address, `${context.name} · ${target.namespace}/${target.service}`, found);
  } catch (error) {
    forwards?.dispose();
    api.dispose();
    throw error;
  }
}

function relayPath(forwards: Forwards, address: string, description: string, found: FoundRelay): RelayPath {
  return {
    address,
    description,
    podName: forwards.pod.name,
    servicePort: found.servicePort,
    createConnection: () => forwards.open(),
    onForwardFailed: forwards.onFailed,
    dispose: () => {
      forwards.dispose();
    },
  };
}

async function openFirstForward(
  api: ApiServer,
  { pods }: FoundRelay,
  options: RelayPathOptions,
): Promise<Forwards> {
  let failure: unknown;
  for (const pod of pods.slice(0, maxPodsTried)) {
    const forwards = new Forwards(api, pod, options);
    try {
      await forwards.prepare(options.signal);
      return forwards;
    } catch (error) {
      forwards.dispose();
      // Another pod helps only where this one is the matter.
      if (!(error instanceof ClusterError) || error.kind !== "port-forward-failed") throw error;
      options.logger.warn("cluster", error.message);
      failure = error;
    }
  }
  throw failure;
}

/** The forwards to one pod, and the listener in front of them. */
class Forwards implements Disposable {
  readonly pod: RelayPod;
  readonly #api: ApiServer;
  readonly #logger: Logger;
  readonly #timeoutMs: number | undefined;
  readonly #disposed = new AbortController();
  readonly #open = new Set<Duplex>();
  readonly #failed = new Emitter<ClusterError>();
  #listener: Server | undefined;
  #prepared: Duplex | undefined;

  constructor(api: ApiServer, pod: RelayPod, options: RelayPathOptions) {
    this.#api = api;
    this.pod = pod;
    this.#logger = options.logger;
    this.#timeoutMs = options.timeoutMs;
  }

  get onFailed(): Event<ClusterError> {
    return this.#failed.event;
  }

  /** Opens a forward and keeps it for the first connection. */
  async prepare(signal: AbortSignal): Promise<void> {
    const forward = await this.#connect(AbortSignal.any([signal, this.#disposed.signal]));
    this.#prepared = forward;
    const drop = (): void => {
      if (this.#prepared === forward) this.#prepared = undefined;
    };
    forward.once("close", drop);
    // Nobody uses it yet: the next connection opens its own, and then says what is wrong.
    forward.on("error", (error) => {
      if (this.#prepared === forward) this.#logger.debug("cluster", error.message);
    });
  }

  async open(): Promise<Duplex> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    return prepared && !prepared.destroyed ? prepared : this.#connect(this.#disposed.signal);
  }

  async listen(): Promise<string> {
    const listener = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
      void this.#serve(socket);
    });
    this.#listener = listener;
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(0, "127.0.0.1", resolve);
    });
    return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  }

  dispose(): void {
    this.#disposed.abort();
    this.#listener?.close();
    for (const stream of [...this.#open]) stream.destroy();
    this.#failed.dispose();
    this.#api.dispose();
  }

  async #connect(signal: AbortSignal): Promise<Duplex> {
    const timeout = this.#timeoutMs === undefined ? {} : { timeoutMs: this.#timeoutMs };
    return this.#keep(await openPortForward(this.#api, this.pod, { signal, ...timeout }));
  }

  async #serve(socket: Socket): Promise<void> {
    this.#keep(socket);
    // The side that breaks first says why; the other one only follows.
    socket.on("error", (error) => {
      this.#logger.debug("cluster", `A connection to the listener ended: ${error.message}`);
    });
    let forward: Duplex;
    try {
      forward = await this.open();
    } catch (error) {
      socket.destroy();
      this.#report(error);
      return;
    }
    forward.on("error", (error) => {
      socket.destroy();
      this.#report(error);
    });
    pipeline(socket, forward, socket, () => {
      forward.destroy();
      socket.destroy();
    });
  }

  #keep<T extends Duplex>(stream: T): T {
    this.#open.add(stream);
    stream.once("close", () => this.#open.delete(stream));
    if (this.#disposed.signal.aborted) stream.destroy();
    return stream;
  }

  #report(error: unknown): void {
    if (this.#disposed.signal.aborted || !(error instanceof ClusterError)) return;
    this.#logger.warn("cluster", error.message);
    this.#failed.fire(error);
  }
}
