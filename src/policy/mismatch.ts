import type { TextRange } from "../base/textRange.ts";
import type { CompiledRule } from "./compiledPolicy.ts";
import type { ConnectionFacts } from "./connection.ts";
import type { RuleMatch } from "./decision.ts";
import { clusterKey, type LabelSet, namespaceKey } from "./labelSet.ts";
import { meets } from "./labelSelector.ts";
import { type CompiledPeer, effectiveSelector, type PeerFacts } from "./peerMatcher.ts";
import type { LabelRequirement, Peer, PortMatch } from "./policy.ts";
import { fitsProtocol } from "./portMatcher.ts";

/**
 * The first fact that keeps a rule from matching, and the stretch of text that asks for it. Of several peers or ports
 * it is that of the nearest one. `found` is what the connection has instead; absent where it has nothing of the kind.
 */
export type Mismatch = MismatchFact & { readonly path: string; readonly range: TextRange };

export type MismatchFact =
  /** The rule fits nobody: it names neither peers nor ports, or lists none. */
  | { readonly fact: "nobody" }
  /** Allow rules do not decide about the node itself, which always reaches its pods. */
  | { readonly fact: "localhost" }
  /** `met`: so many labels that are asked for before it do fit. */
  | {
      readonly fact: "label";
      readonly wanted: LabelRequirement;
      readonly found?: string;
      readonly met: number;
    }
  /** Cilium added it: peers are in the policy's own namespace unless they name one; `""` is any pod's. */
  | { readonly fact: "implied-namespace"; readonly wanted: string; readonly found?: string }
  /** Cilium added it: peers are in the local cluster of a mesh unless they name one. */
  | { readonly fact: "implied-cluster"; readonly wanted: string; readonly found?: string }
  /** `found`: the peer's reserved labels, such as `world`. */
  | { readonly fact: "entity"; readonly wanted: string; readonly found: readonly string[] }
  /** Addresses and DNS names speak of what is outside the cluster, and the peer is not. */
  | { readonly fact: "inside-cluster" }
  /** The address lies outside of the block, or in a part that is excepted. */
  | { readonly fact: "address"; readonly found?: string; readonly isExcepted: boolean }
  /** `found`: the names that the agent learned the address for. */
  | { readonly fact: "dns-name"; readonly wanted: string; readonly found: readonly string[] }
  /** No node, or none of those; no pod or address of the Service; no group's address. */
  | { readonly fact: "node" }
  | { readonly fact: "service" }
  | { readonly fact: "group" }
  | { readonly fact: "protocol"; readonly found?: string }
  | { readonly fact: "port"; readonly found?: number }
  | { readonly fact: "icmp-type"; readonly found: number };

/** Why does a rule not match? Only for a rule that does not. */
export function mismatchOf(
  compiled: CompiledRule,
  facts: ConnectionFacts,
  answers: Pick<RuleMatch, "peer" | "port">,
): Mismatch {
  const { rule, section } = compiled;
  const place = { path: rule.path, range: rule.range };
  if (facts.isLocalHost && section.effect === "allow") return { fact: "localhost", ...place };
  if (answers.peer === "no" && compiled.peers !== "any") {
    const nearest = highest(
      compiled.peers.map((peer) => peerMismatch(peer, compiled, facts.peer)),
      nearness,
    );
    return nearest ?? { fact: "nobody", ...place };
  }
  const ports = rule.ports === "any" ? [] : rule.ports.flatMap((item) => item.ports);
  const nearest = highest(
    ports.map((port) => portMismatch(port, facts)),
    ({ fact }) => (fact === "port" || fact === "icmp-type" ? 1 : 0),
  );
  return nearest ?? { fact: "nobody", ...place };
}

/** How near a peer came: the namespace or cluster alone is nearest, then as many labels as fit. */
function nearness({ fact, met }: Mismatch & { readonly met?: number }): number {
  if (fact === "implied-namespace" || fact === "implied-cluster") return 1000;
  return fact === "address" ? 1 : (met ?? 0);
}

function peerMismatch(
  { peer }: CompiledPeer,
  { place }: CompiledRule,
  facts: PeerFacts,
): Mismatch & { readonly met?: number } {
  const { labels } = facts;
  const at = { path: peer.path, range: peer.range };
  switch (peer.type) {
    case "endpoints":
    case "pods":
      return { ...labelMismatch(peer, effectiveSelector(peer, place).requirements, facts), ...at };
    case "entity":
      return { fact: "entity", wanted: peer.entity, found: labels.keysOf("reserved"), ...at };
    case "cidr":
    case "cidr-group": {
      const { address } = facts;
      if (!labels.isExternal && !labels.isRemoteNode) return { fact: "inside-cluster", ...at };
      const isExcepted = address !== undefined && peer.except.some((block) => block.contains(address));
      return { fact: "address", ...(address ? { found: facts.addressText } : {}), isExcepted, ...at };
    }
    case "fqdn":
      if (!labels.isExternal) return { fact: "inside-cluster", ...at };
      return { fact: "dns-name", wanted: peer.name.text, found: labels.keysOf("fqdn"), ...at };
    case "nodes":
      return { fact: "node", ...at };
    case "service":
      return { fact: "service", ...at };
    case "unknown":
      return { fact: "group", ...at };
  }
}

function labelMismatch(
  peer: Extract<Peer, { type: "endpoints" | "pods" }>,
  requirements: readonly LabelRequirement[],
  { labels, localCluster }: PeerFacts,
): MismatchFact & { readonly met: number } {
  const written = new Set(writtenIn(peer));
  const missed = requirements.findIndex((requirement) => !meets(requirement, labels));
  const wanted = requirements[missed];
  const found = wanted && labels.get(wanted.source, wanted.key);
  if (!wanted) {
    return { fact: "implied-cluster", wanted: localCluster ?? "", ...valueOf(labels, clusterKey), met: 0 };
  }
  if (wanted.key === namespaceKey && !written.has(wanted)) {
    return {
      fact: "implied-namespace",
      wanted: wanted.values[0] ?? "",
      ...valueOf(labels, namespaceKey),
      met: 0,
    };
  }
  return { fact: "label", wanted, ...(found === undefined ? {} : { found }), met: missed };
}

function writtenIn(peer: Extract<Peer, { type: "endpoints" | "pods" }>): readonly LabelRequirement[] {
  if (peer.type === "endpoints") return peer.selector.requirements;
  return [...(peer.pods?.requirements ?? []), ...(peer.namespaces?.requirements ?? [])];
}

function valueOf(labels: LabelSet, key: string): { readonly found?: string } {
  const found = labels.get("k8s", key);
  return found === undefined ? {} : { found };
}

function portMismatch(port: PortMatch, { port: { l4 } }: ConnectionFacts): Mismatch {
  const at = { path: port.path, range: port.range };
  if (l4 && port.type === "icmp" && l4.protocol === (port.family === "IPv4" ? "ICMPv4" : "ICMPv6")) {
    return { fact: "icmp-type", found: l4.port, ...at };
  }
  const fits =
    l4 && port.type !== "unknown" && port.type !== "icmp" && fitsProtocol(port.protocol, l4.protocol);
  if (l4 && fits === true) return { fact: "port", found: l4.port, ...at };
  return { fact: "protocol", ...(l4 ? { found: l4.protocol } : {}), ...at };
}

/** The first of those that score highest. */
function highest<T>(items: readonly T[], score: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || score(item) > score(best)) best = item;
  return best;
}
