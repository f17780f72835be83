import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "../../src/base/logger.ts";
import { openRelayPath, type RelayPath, type RelayPathOptions } from "../../src/cluster/openRelayPath.ts";
import { FakeApiServer } from "./fakeApiServer.ts";
import { readyRelay } from "./kubernetesObjects.ts";
import { until } from "./until.ts";

/** The name of the pod that the cluster begins with. */
export const podName = "hubble-relay-5d8f9c-abcde";

/** A server in the place of a pod's port, with the connections that it has. */
export interface TcpServer {
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  close(): void;
}

/** How to open the way, in place of the usual. */
export interface OpenOptions extends Partial<RelayPathOptions> {
  /** A kubeconfig's text; the API server's own when absent. */
  readonly kubeconfig?: string;
  readonly context?: string;
}

/** An API server with a relay of one pod, which answers with what it is sent; and the ways to it that a test opens. */
export class ClusterWithRelay {
  readonly api: FakeApiServer;
  readonly #folder: string;
  readonly #paths: RelayPath[] = [];
  readonly #servers: TcpServer[] = [];

  private constructor(api: FakeApiServer, folder: string) {
    this.api = api;
    this.#folder = folder;
  }

  static async start(): Promise<ClusterWithRelay> {
    const folder = await mkdtemp(join(tmpdir(), "hubble-lens-cluster-"));
    const cluster = new ClusterWithRelay(await FakeApiServer.start(readyRelay(podName)), folder);
    await cluster.servePod((socket) => socket.pipe(socket));
    return cluster;
  }

  /** The kubeconfig's file. */
  get kubeconfigPath(): string {
    return join(this.#folder, "config");
  }

  /** What stands behind the relay's pod now. */
  get pod(): TcpServer {
    const pod = this.#servers.at(-1);
    if (!pod) throw new Error("the cluster has not been started");
    return pod;
  }

  /** Puts another server behind the relay's pod. */
  async servePod(onSocket: (socket: Socket) => void): Promise<TcpServer> {
    const server = await serveTcp(onSocket);
    this.#servers.push(server);
    this.api.kubelet.serve(podName, 4245, server.port);
    return server;
  }

  /** A kubeconfig's text whose API server is the pod, which is no API server. */
  async servePodAsApiServer(onSocket: (socket: Socket) => void): Promise<string> {
    const { port } = await this.servePod(onSocket);
    return this.api.kubeconfig().replace(this.api.url, `https://127.0.0.1:${port}`);
  }

  /** Opens the way to the relay; ends it with the cluster. */
  async open({ kubeconfig, context, ...options }: OpenOptions = {}): Promise<RelayPath> {
    await writeFile(this.kubeconfigPath, kubeconfig ?? this.api.kubeconfig());
    const target = {
      kubeconfigPaths: [this.kubeconfigPath],
      ...(context !== undefined && { context }),
      namespace: "kube-system",
      service: "hubble-relay",
    };
    const usual = { signal: new AbortController().signal, logger: silentLogger, onStep: () => undefined };
    const path = await openRelayPath(target, { ...usual, ...options });
    this.#paths.push(path);
    return path;
  }

  /** Disposes the ways, and then fails when a connection is left. */
  async end(): Promise<void> {
    for (const path of this.#paths) path.dispose();
    const left = (): number =>
      this.#servers.reduce((sum, { sockets }) => sum + sockets.size, this.api.openConnections);
    try {
      await until("every connection ends with its path", () => left() === 0);
    } finally {
      for (const server of this.#servers) server.close();
      await this.api.stop();
      await rm(this.#folder, { recursive: true, force: true });
    }
  }
}

async function serveTcp(onSocket: (socket: Socket) => void): Promise<TcpServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    onSocket(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
