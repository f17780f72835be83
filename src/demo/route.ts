import type { DemoNode, Peer } from "./peer.ts";

/** Points at which the datapath traces packets, with the sub-type of their events. */
export const tracePoints = {
  TO_ENDPOINT: 0,
  TO_PROXY: 1,
  TO_STACK: 3,
  TO_OVERLAY: 4,
  FROM_ENDPOINT: 5,
  FROM_PROXY: 6,
  FROM_OVERLAY: 9,
  FROM_NETWORK: 10,
  TO_NETWORK: 11,
} as const;
export type TracePoint = keyof typeof tracePoints;

/** One point that a packet passes. */
export interface Hop {
  readonly node: DemoNode;
  readonly point: TracePoint;
  /** Whose side's program sees it there; `undefined`: a device, which does not know the connection. */
  readonly side: "client" | "server" | undefined;
}

/** Where packets of a connection are seen. Only what opens a connection is reported at every point. */
export interface Route {
  /** Before the client's policies are asked. */
  readonly start: readonly Hop[];
  /** From the client's policies to the server's. */
  readonly way: readonly Hop[];
  /** After the server's policies; empty when the server is not a pod. */
  readonly arrival: readonly Hop[];
  /** The way back. */
  readonly back: readonly Hop[];
  /** Does the way cross the network between nodes, or out of the cluster? */
  readonly far: boolean;
}

/** The route between two peers. At least one of them lives on a node. */
export function routeBetween(client: Peer, server: Peer): Route {
  const far = client.node !== server.node;
  const arrival: Hop[] = server.kind === "pod" ? [hop(server, "TO_ENDPOINT", "server")] : [];
  return {
    start: client.kind === "pod" ? [hop(client, "FROM_ENDPOINT")] : [],
    way: far ? [...leave(client, server), ...enter(client, server)] : [],
    arrival,
    back: wayBack(client, server, far),
    far,
  };
}

function leave(client: Peer, server: Peer): readonly Hop[] {
  if (client.kind === "pod") {
    if (server.kind === "pod") return [hop(client, "TO_OVERLAY", "client")];
    const toStack = hop(client, "TO_STACK", "client");
    return server.kind === "world" ? [toStack, hop(client, "TO_NETWORK", "client")] : [toStack];
  }
  return client.kind === "node" && server.kind === "node" ? [hop(client, "TO_NETWORK", "client")] : [];
}

function enter(client: Peer, server: Peer): readonly Hop[] {
  if (server.kind !== "pod") return [];
  if (client.kind === "pod") return [hop(server, "FROM_OVERLAY")];
  return client.kind === "world" ? [hop(server, "FROM_NETWORK")] : [];
}

function wayBack(client: Peer, server: Peer, far: boolean): readonly Hop[] {
  if (client.kind === "pod") {
    const delivered = hop(client, "TO_ENDPOINT", "client");
    return far && server.kind === "pod" ? [hop(server, "TO_OVERLAY", "server"), delivered] : [delivered];
  }
  if (server.kind !== "pod") return [];
  return [hop(server, far ? "TO_NETWORK" : "TO_STACK", "server")];
}

function hop(at: Peer, point: TracePoint, side?: Hop["side"]): Hop {
  if (!at.node) throw new Error(`${at.ip} lives on no node`);
  return { node: at.node, point, side };
}
