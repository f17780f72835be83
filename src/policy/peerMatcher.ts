import { type AddressBlock, type IpAddress, parseAddress, parseAddressBlock } from "../base/ipAddress.ts";
import { assertNever } from "../base/assertNever.ts";
import { type Answer, anyOf } from "./answer.ts";
import type { CidrGroup, ClusterContext, ClusterService } from "./clusterContext.ts";
import { clusterKey, type LabelSet, namespaceKey } from "./labelSet.ts";
import { peerSelector, podPeerSelector, selects } from "./labelSelector.ts";
import type { LabelSelector, Peer } from "./policy.ts";

/** What a flow tells of the peer of the endpoint that is protected. */
export interface PeerFacts {
  readonly labels: LabelSet;
  /** Absent when the event carries none, or none that can be read. */
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
  readonly context: ClusterContext;
}

/** Makes the matcher of one peer, with everything implied filled in. */
export function compilePeer(peer: Peer, place: PeerPlace): PeerMatcher {
  switch (peer.type) {
    case "endpoints":
      return selectorMatcher(peerSelector(peer.selector, place), place.context);
    case "pods":
      return selectorMatcher(podPeerSelector(peer, place.namespace), place.context);
    case "entity":
      return entityMatcher(peer.entity);
    case "cidr":
      return (facts) => answerBlocks(facts, [peer.block], peer.except);
    case "cidr-group":
      return groupMatcher(peer, place.context);
    case "fqdn":
      return ({ labels }) => {
        if (!labels.known) return noLabels;
        // The agent labels every address that it learned for a name of a rule that it has loaded.
        return labels.keysOf("fqdn").includes(peer.name.text) ? "yes" : "no";
      };
    case "nodes":
      return ({ labels }) => {
        if (!labels.known) return noLabels;
        return labels.isRemoteNode && selects(peer.selector, labels) ? "yes" : "no";
      };
    case "service":
      return serviceMatcher(peer.service, place.context);
    case "unknown":
      return () => ({ field: peer.field, needs: peer.needs });
    default:
      return assertNever(peer);
  }
}

const noLabels: Answer = { field: "labels", needs: "the peer's labels" };

function selectorMatcher(selector: LabelSelector, context: ClusterContext): PeerMatcher {
  const namesCluster = selector.requirements.some(
    ({ source, key }) => key === clusterKey && (source === "k8s" || source === "any"),
  );
  const bound = !namesCluster && !selector.requirements.some(({ source }) => source === "reserved");
  return ({ labels, localCluster }) => {
    if (!labels.known) return noLabels;
    if (!selects(selector, labels)) return "no";
    if (!bound || context.defaultLocalCluster === false) return "yes";
    const cluster = labels.get("k8s", clusterKey);
    if (context.defaultLocalCluster === undefined) {
      if (cluster === localCluster || cluster === undefined || localCluster === undefined) return "yes";
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

/** Address blocks match outside the cluster only: never pods, whatever their address. */
function answerBlocks(
  facts: PeerFacts,
  blocks: readonly AddressBlock[],
  except: readonly AddressBlock[],
): Answer {
  const { labels, address } = facts;
  if (!labels.known) return noLabels;
  if (!labels.isExternal) return "no";
  if (!address) return answerByLabels(labels, blocks, except);
  const inside = blocks.some((block) => block.contains(address));
  return inside && !except.some((block) => block.contains(address)) ? "yes" : "no";
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
  const known = (context.cidrGroups ?? []).filter((candidate) => isOfGroup(candidate, group));
  const blocks = known.flatMap((candidate) => candidate.blocks);
  return (facts) => {
    const { labels, address } = facts;
    if (!labels.known) return noLabels;
    if (!labels.isExternal) return "no";
    const byLabel =
      "name" in group ? hasGroupLabel(labels, group.name) : hasSelectedGroup(labels, group.selector);
    if (byLabel && address) return except.some((block) => block.contains(address)) ? "no" : "yes";
    if (byLabel && except.length === 0) return "yes";
    if (blocks.length > 0) return answerBlocks(facts, blocks, except);
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

/** Labels of an object, which have no sources. */
function plainLabels(labels: ReadonlyMap<string, string>): LabelSet {
  return {
    known: true,
    get: (_source, key) => labels.get(key),
    keysOf: () => [],
    isHost: false,
    isRemoteNode: false,
    isExternal: false,
    isPod: false,
  };
}

type ServicePeer = Extract<Peer, { type: "service" }>["service"];

function serviceMatcher(wanted: ServicePeer, context: ClusterContext): PeerMatcher {
  const { services } = context;
  if (!services) return () => ({ field: "toServices", needs: "Service objects" });
  const chosen = services.filter((service) => isWanted(service, wanted));
  return (facts) => anyOf(chosen, (service) => answerService(service, facts));
}

function isWanted(service: ClusterService, wanted: ServicePeer): boolean {
  if (wanted.namespace !== "" && wanted.namespace !== service.namespace) return false;
  if ("name" in wanted) return service.name === wanted.name;
  return selects(wanted.selector, plainLabels(service.labels));
}

function answerService(service: ClusterService, facts: PeerFacts): Answer {
  const { labels } = facts;
  if (!labels.known) return noLabels;
  if (service.selector) {
    if (labels.get("k8s", namespaceKey) !== service.namespace) return "no";
    for (const [key, value] of service.selector) if (labels.get("k8s", key) !== value) return "no";
    return "yes";
  }
  const blocks = service.addresses.flatMap((address) => {
    const length = address.includes(":") ? 128 : 32;
    return parseAddressBlock(`${address}/${length}`) ?? [];
  });
  return answerBlocks(facts, blocks, []);
}
