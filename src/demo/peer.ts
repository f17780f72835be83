import type { Endpoint, ServiceName, Workload } from "../flows/flow.ts";

/** A node of the demo cluster. */
export interface DemoNode {
  readonly index: number;
  readonly name: string;
  /** With its cluster in front, as Hubble names nodes: `default/k8s-w1`. */
  readonly fullName: string;
  readonly address: string;
  readonly labels: readonly string[];
}

/** Somebody who takes part in connections, as each node knows it. */
export interface Peer {
  readonly kind: "pod" | "node" | "world";
  readonly ip: string;
  readonly mac: string;
  /** Where it runs; the world runs nowhere. */
  readonly node?: DemoNode;
  /** As the node it runs on knows it. */
  readonly local: Endpoint;
  /** As every other node knows it: without its number, and without its workload (agents do not tell each other). */
  readonly remote: Endpoint;
  /** What DNS told the cluster about its address. */
  readonly names: readonly string[];
}

/** A Service with one port. */
export interface DemoService {
  readonly name: ServiceName;
  /** Its own address, which no node knows as anybody's. */
  readonly address: Peer;
  readonly port: number;
  /** The backends' port. */
  readonly targetPort: number;
  readonly backends: readonly Peer[];
}

/** The endpoint of a side as seen from a node. */
export function endpointSeenFrom(peer: Peer, node: DemoNode): Endpoint {
  return peer.node === node ? peer.local : peer.remote;
}

export interface PodOptions {
  readonly node: DemoNode;
  readonly namespace: string;
  readonly name: string;
  readonly ip: string;
  readonly endpointId: number;
  readonly identity: number;
  /** The pod's own labels, `key=value`. */
  readonly labels: readonly string[];
  readonly serviceAccount?: string;
  readonly workload?: Workload;
}

/** Makes a pod with the identity labels that an agent gives it. */
export function makePod(options: PodOptions): Peer {
  const { node, namespace, name, ip, identity, serviceAccount = "default", workload } = options;
  const labels = [
    ...options.labels.map((label) => `k8s:${label}`),
    `k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=${namespace}`,
    `k8s:io.cilium.k8s.policy.cluster=${clusterName}`,
    `k8s:io.cilium.k8s.policy.serviceaccount=${serviceAccount}`,
    `k8s:io.kubernetes.pod.namespace=${namespace}`,
  ];
  const remote = { id: 0, identity, clusterName, namespace, podName: name, labels, workloads: [] };
  const local = { ...remote, id: options.endpointId, workloads: workload ? [workload] : [] };
  return { kind: "pod", ip, mac: macOf(ip), node, local, remote, names: [] };
}

/** Makes a node, or the world, which only reserved labels describe. */
export function makeReserved(options: {
  readonly kind: "node" | "world";
  readonly ip: string;
  readonly node?: DemoNode;
  readonly local: { readonly identity: number; readonly labels: readonly string[] };
  readonly remote?: { readonly identity: number; readonly labels: readonly string[] };
  readonly names?: readonly string[];
}): Peer {
  const { kind, ip, node, names = [] } = options;
  const known = { id: 0, clusterName: "", namespace: "", podName: "", workloads: [] };
  const local = { ...known, ...options.local };
  const remote = options.remote ? { ...known, ...options.remote } : local;
  return { kind, ip, mac: macOf(ip), ...(node && { node }), local, remote, names };
}

/** The demo's only cluster. */
export const clusterName = "default";

/** A locally administered address made of the IPv4 address. */
function macOf(ip: string): string {
  const bytes = ip.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return ["0a", "58", ...bytes].join(":");
}
