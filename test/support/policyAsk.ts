import type { Endpoint } from "../../src/flows/flow.ts";
import type { ClusterContext } from "../../src/policy/clusterContext.ts";
import type { Connection } from "../../src/policy/connection.ts";
import { createPolicySet, type PolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { makeEndpoint } from "./makeFlow.ts";

const podLabels = (namespace: string, ...labels: readonly string[]): readonly string[] => [
  ...labels.map((label) => `k8s:${label}`),
  "k8s:io.cilium.k8s.policy.cluster=here",
  `k8s:io.kubernetes.pod.namespace=${namespace}`,
];
const labelled = (...labels: readonly string[]): Endpoint => makeEndpoint("", { identity: 9999, labels });
const server = makeEndpoint("default/server", { identity: 1000, labels: podLabels("default", "app=server") });

/** The other side, by the name that the tables use. */
const peers: Readonly<Record<string, readonly [Endpoint, string]>> = {
  client: [makeEndpoint("default/client", { labels: podLabels("default", "app=client") }), "10.0.0.2"],
  elsewhere: [makeEndpoint("other/client", { labels: podLabels("other", "app=client") }), "10.0.0.3"],
  abroad: [
    labelled(
      "k8s:app=client",
      "k8s:io.cilium.k8s.policy.cluster=there",
      "k8s:io.kubernetes.pod.namespace=default",
    ),
    "10.9.0.2",
  ],
  nobody: [makeEndpoint(""), "10.0.0.4"],
  world: [labelled("reserved:world"), "203.0.113.7"],
  "world without address": [labelled("reserved:world"), ""],
  "named world": [labelled("reserved:world", "fqdn:api.example.com"), "203.0.113.7"],
  grouped: [labelled("reserved:world", "cidrgroup:io.cilium.policy.cidrgroupname/offices"), "203.0.113.7"],
  node: [labelled("reserved:remote-node"), "172.18.0.3"],
  "rack node": [labelled("reserved:remote-node", "node:rack=r1"), "172.18.0.3"],
  host: [labelled("reserved:host"), "172.18.0.2"],
  health: [labelled("reserved:health"), "10.0.0.5"],
  "api server": [labelled("reserved:kube-apiserver", "reserved:world"), "192.0.2.1"],
  "api server on a node": [labelled("reserved:kube-apiserver", "reserved:remote-node"), "172.18.0.3"],
  "world of IPv4": [labelled("reserved:world-ipv4"), "203.0.113.7"],
  "world of IPv6": [labelled("reserved:world-ipv6"), "2001:db8::7"],
  "block without address": [labelled("cidr:203.0.113.0/24", "reserved:world"), ""],
  "block of IPv6 without address": [labelled("cidr:2001-db8--/32", "reserved:world-ipv6"), ""],
  "grouped by label": [
    labelled("reserved:world", "cidrgroup:env=prod", "cidrgroup:io.cilium.policy.cidrgroupname/offices"),
    "203.0.113.7",
  ],
  "node with a block": [labelled("cidr:172.18.0.3/32", "reserved:remote-node"), "172.18.0.3"],
  ingress: [labelled("reserved:ingress"), "10.0.0.6"],
  init: [labelled("reserved:init"), "10.0.0.7"],
  unmanaged: [labelled("reserved:unmanaged"), "10.0.0.8"],
  "labelled namespace": [
    makeEndpoint("other/client", {
      labels: podLabels("other", "app=client", "io.cilium.k8s.namespace.labels.team=red"),
    }),
    "10.0.0.9",
  ],
  "container label": [
    makeEndpoint("default/client", { labels: [...podLabels("default"), "container:app=client"] }),
    "10.0.0.10",
  ],
  "empty value": [makeEndpoint("default/client", { labels: podLabels("default", "app") }), "10.0.0.11"],
};

/** What a row of a table says besides its rule. */
export interface Ask {
  readonly context: ClusterContext;
  readonly kind: string;
  /** `PROTOCOL/PORT`; empty: the event has no layer 4. */
  readonly port: string;
}

const podPorts = new Map([
  ["default/server", [{ name: "web", protocol: "TCP", port: 80 }]],
  ["default/client", [{ name: "api", protocol: "TCP", port: 80 }]],
]);
const services = [
  {
    namespace: "default",
    name: "svc",
    labels: new Map([["a", "b"]]),
    selector: new Map<string, string>(),
    addresses: ["203.0.113.7"],
  },
  {
    namespace: "default",
    name: "pods",
    labels: new Map<string, string>(),
    selector: new Map([["app", "client"]]),
    addresses: ["203.0.113.7"],
  },
];

const contexts: Readonly<Record<string, ClusterContext>> = {
  "all groups known": { allCidrGroups: true },
  "localhost by policy": { allowLocalhost: "policy" },
  "blocks without nodes": { cidrMatchesNodes: false },
  "blocks with nodes": { cidrMatchesNodes: true },
  "always enforced": { enforcementMode: "always" },
  "never enforced": { enforcementMode: "never" },
  "no node labels": { nodeSelectorLabels: false },
  "default deny anyway": { nonDefaultDenyPolicies: false },
  "pod ports known": { podPorts },
  "services known": { services },
  "queries hidden": { urlQueryRedacted: true },
  "node labels": { nodeSelectorLabels: true },
  "local cluster": { defaultLocalCluster: true },
};

/** The rows of a table that is written as lines with columns between bars. */
export function rowsOf(table: string): readonly (readonly string[])[] {
  const lines = table.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => line.split("|").map((column) => column.trim()));
}

/** Reads the last column: a kind, a port, a version, or what else is known. */
export function askOf(option = ""): Ask {
  const ask = { context: {}, kind: "CiliumNetworkPolicy", port: "TCP/80" };
  const version = /^1\.(\d+)$/.exec(option);
  if (version) return { ...ask, context: since(Number(version[1])) };
  if (option === "" || option === "no port") return { ...ask, port: option === "" ? ask.port : "" };
  if (option.startsWith("port ")) return { ...ask, port: option.slice("port ".length) };
  if (option.endsWith("NetworkPolicy") || option.endsWith("ClusterwideNetworkPolicy"))
    return { ...ask, kind: option };
  const context = contexts[option];
  if (!context) throw new Error(`No context ${option}`);
  return { ...ask, context };
}

/** Agents of a version. */
export function since(minor: number): ClusterContext {
  return { agentVersion: { major: 1, minor } };
}

/** The set of one policy in the namespace `default`. */
export function setOf(spec: string, { context, kind }: Pick<Ask, "context" | "kind"> = askOf()): PolicySet {
  const group = kind === "NetworkPolicy" ? "networking.k8s.io/v1" : "cilium.io/v2";
  const text = `apiVersion: ${group}\nkind: ${kind}\nmetadata: { name: p, namespace: default }\nspec: ${spec}\n`;
  return createPolicySet(readPolicies(text).policies, context);
}

/** A connection of `default/server` with a peer of the table. */
export function connectionOf(direction: Connection["direction"], peer: string, port = "TCP/80"): Connection {
  const [endpoint, address] = peers[peer] ?? [];
  if (!endpoint || address === undefined) throw new Error(`No peer ${peer}`);
  const [protocol, number] = port.split("/");
  const isIngress = direction === "ingress";
  return {
    direction,
    source: isIngress ? endpoint : server,
    destination: isIngress ? server : endpoint,
    sourceIp: isIngress ? address : "10.0.0.1",
    destinationIp: isIngress ? "10.0.0.1" : address,
    ...(port === "" ? {} : { l4: { protocol: protocol as "TCP", port: Number(number) } }),
  };
}
