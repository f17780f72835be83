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

/** The labels of an endpoint, parsed once per endpoint object. */
export function labelsOf(endpoint: Endpoint): LabelSet {
  let labels = made.get(endpoint);
  if (!labels) {
    const written = endpoint.labels.length > 0 ? endpoint.labels : reservedIdentities[endpoint.identity];
    labels = parseLabels(written ?? []);
    made.set(endpoint, labels);
  }
  return labels;
}

function parseLabels(texts: readonly string[]): LabelSet {
  return texts.length === 0 ? unknownLabels : new EndpointLabels(texts);
}

/** Of the labels of an endpoint few are ever asked for: they are cut up once, in their order, and searched. */
class EndpointLabels implements LabelSet {
  readonly known: boolean;
  readonly pairs: readonly LabelPair[];
  readonly isHost: boolean;
  readonly isRemoteNode: boolean;
  readonly isExternal: boolean;
  readonly isPod: boolean;
  readonly #sources: readonly string[];
  /** Most often asked for; most endpoints have none. */
  readonly #reserved: readonly string[];

  constructor(texts: readonly string[]) {
    const pairs: LabelPair[] = [];
    const sources: string[] = [];
    let reserved: string[] | undefined;
    let isPod = false;
    let hasBlock = false;
    for (const text of texts) {
      const colon = text.indexOf(":");
      const equals = text.indexOf("=", colon + 1);
      const key = equals === -1 ? text.slice(colon + 1) : text.slice(colon + 1, equals);
      const source = sourceOf(text, colon);
      pairs.push({ key, value: equals === -1 ? "" : text.slice(equals + 1) });
      sources.push(source);
      if (source === "reserved") (reserved ??= []).push(key);
      else if (source === "cidr") hasBlock = true;
      if (key === namespaceKey) isPod = true;
    }
    this.known = texts.length > 0;
    this.pairs = pairs;
    this.#sources = sources;
    this.#reserved = reserved ?? none;
    this.isHost = this.#reserved.includes("host");
    this.isRemoteNode = this.#reserved.includes("remote-node");
    this.isExternal = hasBlock || this.#reserved.some((key) => worlds.has(key));
    this.isPod = isPod;
  }

  get(source: string, key: string): string | undefined {
    const { pairs } = this;
    for (let index = 0; index < pairs.length; index++) {
      const pair = pairs[index];
      if (pair?.key === key && (source === "any" || this.#sources[index] === source)) return pair.value;
    }
    return undefined;
  }

  keysOf(source: string): readonly string[] {
    if (source === "reserved") return this.#reserved;
    return this.pairs.flatMap(({ key }, index) => (this.#sources[index] === source ? key : []));
  }
}

const none: readonly string[] = [];
const unknownLabels: LabelSet = new EndpointLabels([]);
const worlds: ReadonlySet<string> = new Set(["world", "world-ipv4", "world-ipv6"]);

/** The most frequent ones are cut out of no text. */
function sourceOf(text: string, colon: number): string {
  if (colon === -1) return "unspec";
  if (colon === 3 && text.startsWith("k8s")) return "k8s";
  return text.slice(0, colon);
}

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
