import { type IpAddress, parseAddress } from "../base/ipAddress.ts";
import type { Endpoint, Layer4Protocol } from "../flows/flow.ts";
import type { ClusterContext } from "./clusterContext.ts";
import { clusterKey, type LabelSet, labelsOf } from "./labelSet.ts";
import type { PeerFacts } from "./peerMatcher.ts";
import type { Direction } from "./policy.ts";
import type { PortFacts } from "./portMatcher.ts";

/** One connection as one side's node sees it: INGRESS is decided for the destination, EGRESS for the source. */
export interface Connection {
  readonly direction: Direction;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Empty when not known. */
  readonly sourceIp: string;
  readonly destinationIp: string;
  /** The destination port after service translation, or the ICMP type. */
  readonly l4?: { readonly protocol: Layer4Protocol; readonly port: number };
}

/** What rules are asked about: the connection, seen from the side that is protected. */
export interface ConnectionFacts {
  readonly direction: Direction;
  readonly subject: Endpoint;
  /** The node reaches its own pods whatever the allow rules say: then none of them decides. */
  readonly isLocalHost: boolean;
  readonly peer: PeerFacts;
  readonly port: PortFacts;
  readonly context: ClusterContext;
}

/** Turns a connection to the side that is protected. */
export function factsOf(connection: Connection, context: ClusterContext): ConnectionFacts {
  const { direction } = connection;
  const isIngress = direction === "ingress";
  const subject = isIngress ? connection.destination : connection.source;
  const peerEndpoint = isIngress ? connection.source : connection.destination;
  const labels = labelsOf(peerEndpoint);
  const written = isIngress ? connection.sourceIp : connection.destinationIp;
  const localCluster = context.clusterName ?? labelsOf(subject).get("k8s", clusterKey);
  return {
    direction,
    subject,
    isLocalHost: isIngress && labels.isHost && context.allowLocalhost !== "policy",
    peer: new ConnectionPeer(labels, written, localCluster),
    port: { direction, subject, l4: connection.l4 },
    context,
  };
}

/** What rules are asked about a peer alone: one of these labels at an address, of a subject of which cluster. */
export function peerFactsOf(labels: LabelSet, address: string, localCluster: string | undefined): PeerFacts {
  return new ConnectionPeer(labels, address, localCluster);
}

/** Reads the peer's address when it is first asked for: what is known of the peer by its address seldom needs it. */
class ConnectionPeer implements PeerFacts {
  readonly labels: LabelSet;
  readonly addressText: string;
  readonly localCluster: string | undefined;
  #address: IpAddress | undefined;
  #isRead = false;

  constructor(labels: LabelSet, written: string, localCluster: string | undefined) {
    this.labels = labels;
    this.addressText = labels.isExternal || labels.isRemoteNode ? written : "";
    this.localCluster = localCluster;
  }

  get address(): IpAddress | undefined {
    if (!this.#isRead) {
      this.#isRead = true;
      this.#address = parseAddress(this.addressText);
    }
    return this.#address;
  }
}
