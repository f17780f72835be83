import { type AddressBlock, type IpAddress, parseAddress, parseAddressBlock } from "../base/ipAddress.ts";
import { assertNever } from "../base/assertNever.ts";
import { type Answer, anyOf } from "./answer.ts";
import { type CidrGroup, type ClusterContext, type ClusterService, isSince } from "./clusterContext.ts";
import { clusterKey, type LabelSet, namespaceKey, plainLabels } from "./labelSet.ts";
import { peerSelector, podPeerSelector, selects } from "./labelSelector.ts";
import type { LabelSelector, Peer } from "./policy.ts";

/** What a flow tells of the peer of the endpoint that is protected. */
export interface PeerFacts {
  readonly labels: LabelSet;
  /** Empty where it does not matter: a pod is a pod at any address. */
  readonly addressText: string;
  /** Absent when the event carries none, or none that can be read, or where it does not matter. */
  readonly address: IpAddress | undefined;
  /** The cluster of the protected endpoint, which is the one its agent calls local. */
  readonly localCluster: string | undefined;
}

/** Answers whether a peer fits. */
export type PeerMatcher = (facts: PeerFacts) => Answer;

/** What a peer's meaning depends on besides its own text. */
export interface PeerPlace {
  readonly namespace: string;
  readonly subjectIsInit: boolean;
  readonly effect: "allow" | "deny";
  /** Does its rule name ports, or ICMP types? */
  readonly hasPorts: boolean;
  /** The operator has written a policy with the addresses of the groups that this one names. */
  readonly hasDerivative: boolean;
  readonly context: ClusterContext;
}

/** A peer ready to be asked, and what it asks for, by which an index finds it. */
export interface CompiledPeer {
  readonly peer: Peer;
  readonly matches: PeerMatcher;
  /** `ask`: nothing but asking tells. */
  readonly wants:
    | { readonly type: "labels"; readonly selector: LabelSelector }
    | { readonly type: "block"; readonly block: AddressBlock }
    | { readonly type: "dns-name"; readonly text: string }
    | { readonly type: "ask" };
}

/** Makes the matcher of one peer, with everything implied filled in. */
export function compilePeer(peer: Peer, place: PeerPlace): CompiledPeer {
  const { context } = place;
  const ask = { type: "ask" } as const;
  switch (peer.type) {
    case "endpoints":
    case "pods": {
      const selector = effectiveSelector(peer, place);
      return { peer, matches: selectorMatcher(selector, context), wants: { type: "labels", selector } };
    }
    case "entity":
      return { peer, matches: entityMatcher(peer.entity), wants: ask };
    case "cidr": {
      const { block, except } = peer;
      const matches: PeerMatcher = (facts) => answerBlocks(facts, { blocks: [block], except }, context);
      return { peer, matches, wants: { type: "block", block } };
    }
    case "cidr-group":
      return { peer, matches: groupMatcher(peer, context), wants: ask };
    case "fqdn": {
      const { text } = peer.name;
      return { peer, matches: dnsNameMatcher(text, context), wants: { type: "dns-name", text } };
    }
    case "nodes":
      return { peer, matches: nodeMatcher(peer, context), wants: ask };
    case "service":
      return { peer, matches: serviceMatcher(peer.service, place), wants: ask };
    case "unknown": {
      const isGroup = peer.field === "toGroups" || peer.field === "fromGroups";
      const answer: Answer = isGroup && place.hasDerivative ? "no" : { field: peer.field, needs: peer.needs };
      return { peer, matches: () => answer, wants: ask };
    }
    default:
      return assertNever(peer);
  }
}

/** What an endpoint must carry to be this peer, with the namespace that is implied. */
export function effectiveSelector(
  peer: Extract<Peer, { type: "endpoints" | "pods" }>,
  place: Pick<PeerPlace, "namespace" | "subjectIsInit">,
): LabelSelector {
  return peer.type === "endpoints"
    ? peerSelector(peer.selector, place)
    : podPeerSelector(peer, place.namespace);
}

const noLabels: Answer = { field: "labels", needs: "the peer's labels" };

function selectorMatcher(selector: LabelSelector, context: ClusterContext): PeerMatcher {
  const namesCluster = selector.requirements.some(
    ({ source, key }) => key === clusterKey && (source === "k8s" || source === "any"),
  );
  const bound = !namesCluster && !selector.requirements.some(({ source }) => source === "reserved");
  const defaultLocalCluster = context.defaultLocalCluster ?? isSince(context.agentVersion, 1, 19);
  return ({ labels, localCluster }) => {
    if (!labels.known) return noLabels;
    if (!selects(selector, labels)) return "no";
    if (!bound || defaultLocalCluster === false) return "yes";
    const cluster = labels.get("k8s", clusterKey);
    if (defaultLocalCluster === undefined) {
      // Every pod carries its cluster's name; where none does, there is no mesh to speak of.
      const isNameless = cluster === undefined && labels.isPod;
      if (cluster === localCluster || isNameless || localCluster === undefined) return "yes";
      return { field: "policy-default-local-cluster", needs: "the agents' policy-default-local-cluster" };
    }
    if (localCluster === undefined) return { field: "cluster", needs: "the local cluster's name" };
    return cluster === localCluster ? "yes" : "no";
  };
}

/** What the entity `cluster` holds besides the pods of the local cluster. */
const clusterEntities = ["host", "remote-node", "init", "ingress", "health", "unmanaged", "kube-apiserver"];

function entityMatcher(entity: string): PeerMatcher {
  if (entity === "all") return () => "yes";
  if (entity === "none") return () => "no";
  const wanted =
    entity === "world"
      ? ["world", "world-ipv4", "world-ipv6"]
      : entity === "cluster"
        ? clusterEntities
        : [entity];
  return ({ labels, localCluster }) => {
    if (!labels.known) return noLabels;
    const reserved = labels.keysOf("reserved");
    if (wanted.some((key) => reserved.includes(key))) return "yes";
    if (entity !== "cluster") return "no";
    const cluster = labels.get("k8s", clusterKey);
    if (cluster === undefined) return "no";
    if (localCluster === undefined) return { field: "cluster", needs: "the local cluster's name" };
    return cluster === localCluster ? "yes" : "no";
  };
}

/** Agents that know `fromNodes` label every other node; those that do not refuse the whole policy. */
function nodeMatcher(
  { selector, path }: Extract<Peer, { type: "nodes" }>,
  context: ClusterContext,
): PeerMatcher {
  const field = path.includes(".toNodes") ? "toNodes" : "fromNodes";
  const isOpen: Answer = { field, needs: "whether the agents have enable-node-selector-labels" };
  return ({ labels }) => {
    if (!labels.known) return noLabels;
    if (!labels.isRemoteNode || !selects(selector, labels)) return "no";
    return labels.keysOf("node").length > 0 || context.nodeSelectorLabels === true ? "yes" : isOpen;
  };
}

/** From 1.16 on, agents label each address that they learned for a name of a rule that they have loaded. */
function dnsNameMatcher(text: string, context: ClusterContext): PeerMatcher {
  const labelled = isSince(context.agentVersion, 1, 16);
  return ({ labels }) => {
    if (!labels.known) return noLabels;
    const names = labels.keysOf("fqdn");
    if (names.includes(text)) return "yes";
    if (!labels.isExternal || names.length > 0 || labelled === true) return "no";
    return { field: "toFQDNs", needs: "fqdn: labels, which agents before 1.16 do not give" };
  };
}

interface Blocks {
  readonly blocks: readonly AddressBlock[];
  readonly except: readonly AddressBlock[];
}

/** Address blocks match outside the cluster only: never pods, whatever their address; nodes where agents are told to. */
function answerBlocks(facts: PeerFacts, { blocks, except }: Blocks, context: ClusterContext): Answer {
  const { labels, address } = facts;
  if (!labels.known) return noLabels;
  if (!mayBeInBlocks(labels, context)) return "no";
  if (!address) return answerByLabels(labels, blocks, except);
  const inside = blocks.some((block) => block.contains(address));
  if (!inside || except.some((block) => block.contains(address))) return "no";
  if (labels.isExternal || context.cidrMatchesNodes === true) return "yes";
  return { field: "cidr", needs: "the agents' policy-cidr-match-mode: whether blocks match nodes" };
}

function mayBeInBlocks(labels: LabelSet, { cidrMatchesNodes }: ClusterContext): boolean {
  return labels.isExternal || (labels.isRemoteNode && cidrMatchesNodes !== false);
}

/** Without an address, the longest block that the agent knows around it (`cidr:10.0.0.0/8`) says something. */
function answerByLabels(
  labels: LabelSet,
  blocks: readonly AddressBlock[],
  except: readonly AddressBlock[],
): Answer {
  const known = labels.keysOf("cidr").map((key) => key.replaceAll("-", ":"));
  const needs: Answer = { field: "cidr", needs: "the peer's IP address or a cidr: label" };
  if (known.length === 0) return needs;
  const lies = (block: AddressBlock): boolean =>
    known.some((text) => {
      const address = parseAddress(text.slice(0, text.indexOf("/")));
      const label = parseAddressBlock(text);
      return address && label && label.prefixLength >= block.prefixLength && block.contains(address);
    });
  if (!blocks.some(lies)) return "no";
  if (except.length === 0) return "yes";
  return except.some(lies) ? "no" : needs;
}

function groupMatcher(peer: Extract<Peer, { type: "cidr-group" }>, context: ClusterContext): PeerMatcher {
  const { group, except } = peer;
  // A group of the same name that comes later takes the place of the earlier one.
  const byName = new Map((context.cidrGroups ?? []).map((candidate) => [candidate.name, candidate]));
  const known = [...byName.values()].filter((candidate) => isOfGroup(candidate, group));
  const blocks = known.flatMap((candidate) => candidate.blocks);
  return (facts) => {
    const { labels, address } = facts;
    if (!labels.known) return noLabels;
    if (!mayBeInBlocks(labels, context)) return "no";
    const byLabel =
      "name" in group ? hasGroupLabel(labels, group.name) : hasSelectedGroup(labels, group.selector);
    if (byLabel && address) return except.some((block) => block.contains(address)) ? "no" : "yes";
    if (byLabel && except.length === 0) return "yes";
    if (blocks.length > 0) return answerBlocks(facts, { blocks, except }, context);
    if (context.allCidrGroups === true || known.length > 0) return "no";
    return { field: "cidrGroupRef", needs: "CiliumCIDRGroup objects" };
  };
}

function isOfGroup(candidate: CidrGroup, group: Extract<Peer, { type: "cidr-group" }>["group"]): boolean {
  if ("name" in group) return candidate.name === group.name;
  return selects(group.selector, plainLabels(candidate.labels));
}

function hasGroupLabel(labels: LabelSet, name: string): boolean {
  return labels.get("cidrgroup", `io.cilium.policy.cidrgroupname/${name}`) !== undefined;
}

function hasSelectedGroup(labels: LabelSet, selector: LabelSelector): boolean {
  if (labels.keysOf("cidrgroup").length === 0) return false;
  return selects(selector, { ...labels, get: (_source, key) => labels.get("cidrgroup", key) });
}

type ServicePeer = Extract<Peer, { type: "service" }>["service"];

/**
 * The agent writes the pods or addresses of a Service into the rule, of allow rules only. A rule for which it finds
 * none is open to every peer where it names ports, and to none where it does not.
 */
function serviceMatcher(wanted: ServicePeer, { context, effect, hasPorts }: PeerPlace): PeerMatcher {
  const { services } = context;
  if (effect === "deny") {
    return () => ({ field: "toServices", needs: "what agents make of toServices in a deny rule" });
  }
  if (!services) return () => ({ field: "toServices", needs: "Service objects" });
  const chosen = services.filter((service) => isWanted(service, wanted));
  if (chosen.length === 0) return () => (hasPorts ? "yes" : "no");
  return (facts) => anyOf(chosen, (service) => answerService(service, facts, context));
}

function isWanted(service: ClusterService, wanted: ServicePeer): boolean {
  if (wanted.namespace !== "" && wanted.namespace !== service.namespace) return false;
  if ("name" in wanted) return service.name === wanted.name;
  return selects(wanted.selector, plainLabels(service.labels));
}

function answerService(service: ClusterService, facts: PeerFacts, context: ClusterContext): Answer {
  const { labels } = facts;
  if (!labels.known) return noLabels;
  if (service.selector && service.selector.size > 0) {
    if (labels.get("k8s", namespaceKey) !== service.namespace) return "no";
    for (const [key, value] of service.selector) if (labels.get("k8s", key) !== value) return "no";
    return "yes";
  }
  const blocks = service.addresses.flatMap((address) => {
    const length = address.includes(":") ? 128 : 32;
    return parseAddressBlock(`${address}/${length}`) ?? [];
  });
  return answerBlocks(facts, { blocks, except: [] }, context);
}
