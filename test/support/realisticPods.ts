import { create, toBinary } from "@bufbuild/protobuf";
import type { SeededRandom } from "../../src/demo/seededRandom.ts";
import { EndpointSchema } from "../../src/hubble/gen/flow/flow_pb.js";

/** One side of a realistic flow: a pod, or something outside of the cluster, which has neither workload nor `mac`. */
export interface RealisticPod {
  /** The bytes of its `flow.Endpoint`. */
  readonly encoded: Uint8Array;
  readonly namespace: string;
  readonly workload: string;
  readonly node: string;
  readonly nodeLabels: readonly string[];
  readonly ip: string;
  readonly mac: string;
  readonly port: number;
  readonly names: readonly string[];
  /** Names of the policies that select it. */
  readonly policies: readonly string[];
}

/** The pods of a large cluster, and with whom they talk. */
export interface RealisticPods {
  readonly length: number;
  at(index: number): RealisticPod;
  /** Somebody that a pod talks with: mostly a pod, sometimes the world. */
  peerOf(pod: RealisticPod): RealisticPod;
  /** A pod as this one that nobody has seen yet; `index` tells it from other newcomers. */
  newcomer(pod: RealisticPod, index: number): RealisticPod;
}

const podsPerWorkload = 8;
const workloadsPerNamespace = 12;
const words = [
  "orders",
  "carts",
  "billing",
  "search",
  "users",
  "audit",
  "media",
  "edge",
  "ledger",
  "mail",
  "stock",
  "geo",
];
const tiers = ["frontend", "backend", "cache", "worker"];

/** Makes so many distinct endpoints. */
export function realisticPods(count: number, random: SeededRandom): RealisticPods {
  const nodes = Array.from({ length: Math.max(3, Math.ceil(count / 60)) }, (_, index) => madeNode(index));
  const outside = Array.from({ length: Math.ceil(count / 50) }, (_, index) => madeOutsider(index, random));
  const pods = Array.from({ length: Math.max(1, count - outside.length) }, (_, index) =>
    madePod(index, { random, node: random.pick(nodes) }),
  );
  return {
    length: pods.length,
    at: (index) => pods[index % pods.length] ?? random.pick(pods),
    peerOf: () => (random.percent(12) ? random.pick(outside) : random.pick(pods)),
    newcomer: (pod, index) => ({ ...pod, encoded: encodePod(pod, { number: 1_000_000 + index, random }) }),
  };
}

interface MadeNode {
  readonly name: string;
  readonly labels: readonly string[];
}

function madeNode(index: number): MadeNode {
  const zone = `eu-west-1${"abc"[index % 3] ?? ""}`;
  const name = `ip-10-${index >> 8}-${index & 0xff}-17`;
  return {
    name: `prod/${name}`,
    labels: [
      "kubernetes.io/arch=amd64",
      "kubernetes.io/os=linux",
      `kubernetes.io/hostname=${name}`,
      "node.kubernetes.io/instance-type=m6i.xlarge",
      "topology.kubernetes.io/region=eu-west-1",
      `topology.kubernetes.io/zone=${zone}`,
    ],
  };
}

function madePod(index: number, { random, node }: { random: SeededRandom; node: MadeNode }): RealisticPod {
  const workloadIndex = Math.floor(index / podsPerWorkload);
  const namespaceIndex = Math.floor(workloadIndex / workloadsPerNamespace);
  const word = words[workloadIndex % words.length] ?? "";
  const pod: RealisticPod = {
    encoded: new Uint8Array(),
    namespace: `team-${namespaceIndex}-${tiers[namespaceIndex % tiers.length] ?? ""}`,
    workload: `${word}-${workloadIndex}`,
    node: node.name,
    nodeLabels: node.labels,
    ip: `10.${128 + (index >> 16)}.${(index >> 8) & 0xff}.${index & 0xff}`,
    mac: `0a:58:0a:${hex(index >> 16)}:${hex(index >> 8)}:${hex(index)}`,
    port: [8080, 8443, 9090, 5432, 6379][workloadIndex % 5] ?? 80,
    names: [],
    policies: [`${word}-ingress`, ...(workloadIndex % 3 === 0 ? ["default-allow-monitoring"] : [])],
  };
  return { ...pod, encoded: encodePod(pod, { number: index, random }) };
}

function encodePod(
  pod: RealisticPod,
  { number, random }: { number: number; random: SeededRandom },
): Uint8Array {
  const { namespace, workload } = pod;
  const hash = random.uint32().toString(36).padStart(7, "0");
  return toBinary(
    EndpointSchema,
    create(EndpointSchema, {
      ID: (number % 4000) + 17,
      identity: 20_000 + Math.floor(number / podsPerWorkload),
      namespace,
      labels: podLabels(pod, number),
      podName: `${workload}-${hash}-${(number + 60_466_176).toString(36)}`,
      workloads: [{ kind: "Deployment", name: workload }],
      clusterName: "prod",
    }),
  );
}

/** 12 to 25 labels, as charts and operators put them on pods. */
function podLabels({ namespace, workload }: RealisticPod, number: number): string[] {
  const labels = [
    `k8s:io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name=${namespace}`,
    "k8s:io.cilium.k8s.policy.cluster=prod",
    `k8s:io.cilium.k8s.policy.serviceaccount=${workload}`,
    `k8s:io.kubernetes.pod.namespace=${namespace}`,
    `k8s:app=${workload}`,
    `k8s:tier=${tiers[number % tiers.length] ?? ""}`,
    `k8s:version=v1.${number % 40}.3`,
    "k8s:app.kubernetes.io/managed-by=Helm",
    `k8s:team=${namespace.slice(0, namespace.lastIndexOf("-"))}`,
    "k8s:env=production",
    "k8s:cost-center=4711",
    "k8s:track=stable",
    "k8s:istio.io/rev=default",
    "k8s:chart=service-2.14",
    "k8s:region=eu-west-1",
    "k8s:tlsMode=istio",
    "k8s:backup=none",
    "k8s:logging=json",
    "k8s:metrics=on",
    "k8s:mesh=true",
    "k8s:pci=false",
    "k8s:gpu=none",
    "k8s:spot=false",
    "k8s:slo=gold",
    "k8s:zone=a",
  ];
  return labels.slice(0, 12 + (Math.floor(number / podsPerWorkload) % 14)).sort();
}

function madeOutsider(index: number, random: SeededRandom): RealisticPod {
  const ip = `${random.integer(11, 180)}.${random.integer(0, 255)}.${random.integer(0, 255)}.${random.integer(1, 254)}`;
  const name = `api-${index}.example.com`;
  const cidr = ["reserved:world", `cidr:${ip}/32`, `fqdn:${name}`];
  const labels = index === 0 ? ["reserved:host"] : cidr;
  const identity = index === 0 ? 1 : 16_777_217 + index;
  return {
    encoded: toBinary(EndpointSchema, create(EndpointSchema, { identity, labels })),
    namespace: "",
    workload: "",
    node: "",
    nodeLabels: [],
    ip,
    mac: "",
    port: 443,
    names: index % 2 === 0 ? [name] : [],
    policies: [],
  };
}

function hex(value: number): string {
  return (value & 0xff).toString(16).padStart(2, "0");
}
