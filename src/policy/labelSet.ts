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

interface Label {
  readonly source: string;
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
  const byKey = new Map<string, Label[]>();
  const bySource = new Map<string, string[]>();
  const pairs: LabelPair[] = [];
  for (const text of texts) {
    const colon = text.indexOf(":");
    const source = colon === -1 ? "unspec" : text.slice(0, colon);
    const rest = text.slice(colon + 1);
    const equals = rest.indexOf("=");
    const key = equals === -1 ? rest : rest.slice(0, equals);
    const value = equals === -1 ? "" : rest.slice(equals + 1);
    pairs.push({ key, value });
    const sameKey = byKey.get(key);
    if (sameKey) sameKey.push({ source, value });
    else byKey.set(key, [{ source, value }]);
    const sameSource = bySource.get(source);
    if (sameSource) sameSource.push(key);
    else bySource.set(source, [key]);
  }
  const keysOf = (source: string): readonly string[] => bySource.get(source) ?? [];
  const reserved = keysOf("reserved");
  const isWorld = reserved.some((key) => key === "world" || key === "world-ipv4" || key === "world-ipv6");
  return {
    known: texts.length > 0,
    get: (source, key) => {
      const labels = byKey.get(key);
      if (!labels) return undefined;
      return (source === "any" ? labels[0] : labels.find((label) => label.source === source))?.value;
    },
    pairs,
    keysOf,
    isHost: reserved.includes("host"),
    isRemoteNode: reserved.includes("remote-node"),
    isExternal: isWorld || keysOf("cidr").length > 0,
    isPod: byKey.has(namespaceKey),
  };
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
