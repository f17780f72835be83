import type { Endpoint } from "../flows/flow.ts";

/** The key of the label that says in which namespace a pod lives; only pods have it. */
export const namespaceKey = "io.kubernetes.pod.namespace";
/** The key of the label that says in which cluster of a mesh a pod lives. */
export const clusterKey = "io.cilium.k8s.policy.cluster";
/** What a namespace's own labels are prefixed with on its pods. */
export const namespaceLabelPrefix = "io.cilium.k8s.namespace.labels.";

/** The identity labels of one endpoint, ready to be asked. */
export interface LabelSet {
  /** False when the event does not say who this is. */
  readonly known: boolean;
  /** What stands behind a key; `any` takes every source. */
  get(source: string, key: string): string | undefined;
  /** Every label without its source. */
  readonly pairs: readonly LabelPair[];
  /** The keys of a source, such as `world` of `reserved`. */
  keysOf(source: string): readonly string[];
  readonly isHost: boolean;
  /** A node other than the one that saw the flow. */
  readonly isRemoteNode: boolean;
  /** Outside the cluster, where CIDR and DNS rules apply. */
  readonly isExternal: boolean;
  readonly isPod: boolean;
}

export interface LabelPair {
  readonly key: string;
  readonly value: string;
}

/** Identities below 256 are reserved: their numbers say as much as their labels. */
const reservedIdentities: readonly (readonly string[])[] = [
  [],
  ["reserved:host"],
  ["reserved:world"],
  ["reserved:unmanaged"],
  ["reserved:health"],
  ["reserved:init"],
  ["reserved:remote-node"],
  ["reserved:kube-apiserver", "reserved:remote-node"],
  ["reserved:ingress"],
  ["reserved:world-ipv4"],
  ["reserved:world-ipv6"],
];

const made = new WeakMap<Endpoint, LabelSet>();

/** The labels of an endpoint, parsed once per endpoint object; the pods of one identity mostly have one and the same. */
export function labelsOf(endpoint: Endpoint): LabelSet {
  let labels = made.get(endpoint);
  if (!labels) {
    const written = endpoint.labels.length > 0 ? endpoint.labels : reservedIdentities[endpoint.identity];
    labels = written === undefined ? unknownLabels : sharedLabels(written.map(labelOf), endpoint.identity);
    made.set(endpoint, labels);
  }
  return labels;
}

/** By identity, the labels that were parsed last; until there are too many. */
const byIdentity = new Map<number, EndpointLabels>();
const maxIdentities = 1 << 14;

function sharedLabels(labels: readonly Label[], identity: number): LabelSet {
  if (labels.length === 0) return unknownLabels;
  const known = byIdentity.get(identity);
  if (known?.pairs.length === labels.length && known.pairs.every((label, index) => label === labels[index]))
    return known;
  const parsed = new EndpointLabels(labels);
  if (byIdentity.size >= maxIdentities) byIdentity.clear();
  byIdentity.set(identity, parsed);
  return parsed;
}

interface Label extends LabelPair {
  readonly source: string;
}

/** Pods have most of their labels in common: each text is cut up once, until there are too many. */
const knownLabels = new Map<string, Label>();
const maxKnownLabels = 1 << 15;

function labelOf(text: string): Label {
  const known = knownLabels.get(text);
  if (known) return known;
  const colon = text.indexOf(":");
  const equals = text.indexOf("=", colon + 1);
  const label: Label = {
    source: colon === -1 ? "unspec" : text.slice(0, colon),
    key: equals === -1 ? text.slice(colon + 1) : text.slice(colon + 1, equals),
    value: equals === -1 ? "" : text.slice(equals + 1),
  };
  if (knownLabels.size >= maxKnownLabels) knownLabels.clear();
  knownLabels.set(text, label);
  return label;
}

const noKeys: readonly string[] = [];
const worlds: ReadonlySet<string> = new Set(["world", "world-ipv4", "world-ipv6"]);

/** Labels in their order, and searched: of those of an endpoint few are ever asked for. */
class EndpointLabels implements LabelSet {
  readonly known: boolean;
  readonly pairs: readonly Label[];
  readonly isHost: boolean;
  readonly isRemoteNode: boolean;
  readonly isExternal: boolean;
  readonly isPod: boolean;
  /** Most often asked for; most endpoints have none. */
  readonly #reserved: readonly string[];

  constructor(labels: readonly Label[]) {
    let reserved: string[] | undefined;
    let isPod = false;
    let hasBlock = false;
    for (const label of labels) {
      if (label.source === "reserved") (reserved ??= []).push(label.key);
      else if (label.source === "cidr") hasBlock = true;
      if (label.key === namespaceKey) isPod = true;
    }
    this.known = labels.length > 0;
    this.pairs = labels;
    this.#reserved = reserved ?? noKeys;
    this.isHost = this.#reserved.includes("host");
    this.isRemoteNode = this.#reserved.includes("remote-node");
    this.isExternal = hasBlock || this.#reserved.some((key) => worlds.has(key));
    this.isPod = isPod;
  }

  get(source: string, key: string): string | undefined {
    for (const label of this.pairs) {
      if (label.key === key && (source === "any" || label.source === source)) return label.value;
    }
    return undefined;
  }

  keysOf(source: string): readonly string[] {
    if (source === "reserved") return this.#reserved;
    return this.pairs.flatMap((label) => (label.source === source ? label.key : noKeys));
  }
}

const unknownLabels: LabelSet = new EndpointLabels([]);

/** The labels of an object that is no endpoint: they have no sources. */
export function plainLabels(labels: ReadonlyMap<string, string>): LabelSet {
  return {
    known: true,
    get: (_source, key) => labels.get(key),
    pairs: [...labels].map(([key, value]) => ({ key, value })),
    keysOf: () => [],
    isHost: false,
    isRemoteNode: false,
    isExternal: false,
    isPod: false,
  };
}
