import type { GetNamespacesResponse, Node, ServerStatusResponse } from "./gen/observer/observer_pb.js";
import { NodeState } from "./gen/relay/relay_pb.js";

/** What a relay says of itself; sums over its nodes. */
export interface ServerStatus {
  readonly version: string;
  readonly heldFlows: number;
  readonly maxFlows: number;
  readonly seenFlows: number;
  readonly flowsPerSecond: number;
  readonly uptimeMs: number;
  /** `null` when the server is no relay but one node's Hubble. */
  readonly connectedNodes: number | null;
  readonly unavailableNodes: readonly string[];
}

/** One node as a relay lists it. */
export interface RelayNodeInfo {
  readonly name: string;
  readonly state: "connected" | "unavailable" | "gone" | "error" | "unknown";
  readonly version: string;
  readonly address: string;
  readonly heldFlows: number;
  readonly maxFlows: number;
  readonly seenFlows: number;
  readonly uptimeMs: number;
}

/** A namespace of which flows were seen lately. */
export interface RelayNamespace {
  readonly namespace: string;
  readonly cluster: string;
}

/** Makes our own status of a decoded one. */
export function readServerStatus(from: ServerStatusResponse): ServerStatus {
  return {
    version: from.version,
    heldFlows: Number(from.numFlows),
    maxFlows: Number(from.maxFlows),
    seenFlows: Number(from.seenFlows),
    flowsPerSecond: Number.isFinite(from.flowsRate) ? from.flowsRate : 0,
    uptimeMs: milliseconds(from.uptimeNs),
    connectedNodes: from.numConnectedNodes ?? null,
    unavailableNodes: from.unavailableNodes,
  };
}

/** Makes our own node of a decoded one. */
export function readNode(from: Node): RelayNodeInfo {
  return {
    name: from.name,
    state: readNodeState(from.state),
    version: from.version,
    address: from.address,
    heldFlows: Number(from.numFlows),
    maxFlows: Number(from.maxFlows),
    seenFlows: Number(from.seenFlows),
    uptimeMs: milliseconds(from.uptimeNs),
  };
}

/** Makes our own list of namespaces of a decoded one. */
export function readNamespaces(from: GetNamespacesResponse): readonly RelayNamespace[] {
  return from.namespaces.map(({ namespace, cluster }) => ({ namespace, cluster }));
}

function readNodeState(state: NodeState): RelayNodeInfo["state"] {
  switch (state) {
    case NodeState.NODE_CONNECTED:
      return "connected";
    case NodeState.NODE_UNAVAILABLE:
      return "unavailable";
    case NodeState.NODE_GONE:
      return "gone";
    case NodeState.NODE_ERROR:
      return "error";
    case NodeState.UNKNOWN_NODE_STATE:
      return "unknown";
    default:
      // A newer relay may know more states than we do.
      return "unknown";
  }
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000_000n);
}
