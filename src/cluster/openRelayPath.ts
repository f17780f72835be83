import type { Duplex } from "node:stream";
import type { Disposable } from "../base/disposable.ts";
import { Emitter, type Event } from "../base/event.ts";
import type { Logger } from "../base/logger.ts";
import { type ApiServer, type ApiServerOptions, openApiServer } from "./apiServer.ts";
import { chooseContext } from "./chooseContext.ts";
import { ClusterError } from "./clusterError.ts";
import { type FoundRelay, findRelay, type RelayPod } from "./findRelay.ts";
import { readKubeconfig } from "./kubeconfig.ts";
import { openPortForward } from "./portForward.ts";
import type { PortForwardStream } from "./portForwardStream.ts";

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
  /** For people: `kind-prod · kube-system/hubble-relay`. */
  readonly description: string;
  readonly podName: string;
  /** The Service's port: 80 is a plain relay, 443 one with TLS. */
  readonly servicePort: number;
  /** A port-forward to the relay's pod, as a connected stream; nothing listens for it. Throws `ClusterError`. */
  createConnection(): Promise<Duplex>;
  /** A forward could not be opened, or broke: why. Said once for each, and not when it ends in order. */
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
  if (context.cluster["insecure-skip-tls-verify"] === true) {
    logger.warn("cluster", `${context.name} sets insecure-skip-tls-verify: anyone could be its API server`);
  }
  try {
    logger.info("cluster", `Asking ${context.server} (${context.name}) for ${target.service}`);
    onStep("find-relay");
    const found = await findRelay(api, target, signal);
    onStep("port-forward");
    const forwards = await openFirstForward(api, found, options);
    const { pod } = forwards;
    logger.info("cluster", `Forwarding to ${pod.namespace}/${pod.name}, port ${pod.port}`);
    return {
      description: `${context.name} · ${target.namespace}/${target.service}`,
      podName: pod.name,
      servicePort: found.servicePort,
      createConnection: () => forwards.open(),
      onForwardFailed: forwards.onFailed,
      dispose: () => {
        forwards.dispose();
        api.dispose();
      },
    };
  } catch (error) {
    api.dispose();
    throw error;
  }
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
      failure = error;
    }
  }
  throw failure;
}

/** The forwards to one pod. */
class Forwards implements Disposable {
  readonly pod: RelayPod;
  readonly #api: ApiServer;
  readonly #logger: Logger;
  readonly #timeout: { readonly timeoutMs?: number };
  readonly #disposed = new AbortController();
  readonly #open = new Set<Duplex>();
  readonly #failed = new Emitter<ClusterError>();
  #prepared: PortForwardStream | undefined;

  constructor(api: ApiServer, pod: RelayPod, { logger, timeoutMs }: RelayPathOptions) {
    this.#api = api;
    this.pod = pod;
    this.#logger = logger;
    this.#timeout = timeoutMs === undefined ? {} : { timeoutMs };
  }

  get onFailed(): Event<ClusterError> {
    return this.#failed.event;
  }

  /** Opens a forward and keeps it for the first connection. */
  async prepare(signal: AbortSignal): Promise<void> {
    this.#prepared = await this.#connect(signal);
  }

  async open(): Promise<Duplex> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    // One that has ended while nobody used it is of no use: a new one says what is the matter, if anything still is.
    if (prepared?.isConnected === true) return prepared;
    prepared?.destroy();
    return this.#connect(this.#disposed.signal);
  }

  dispose(): void {
    this.#disposed.abort();
    for (const stream of [...this.#open]) stream.destroy();
    this.#failed.dispose();
  }

  async #connect(signal: AbortSignal): Promise<PortForwardStream> {
    let stream: PortForwardStream;
    try {
      stream = await openPortForward(this.#api, this.pod, { signal, ...this.#timeout });
    } catch (error) {
      this.#report(error);
      throw error;
    }
    this.#open.add(stream);
    stream.once("close", () => this.#open.delete(stream));
    stream.on("error", (error) => {
      this.#report(error);
    });
    if (this.#disposed.signal.aborted) stream.destroy();
    return stream;
  }

  #report(error: unknown): void {
    if (this.#disposed.signal.aborted || !(error instanceof ClusterError)) return;
    this.#logger.warn("cluster", error.message);
    this.#failed.fire(error);
  }
}
