import type { Workload } from "../flows/flow.ts";
import { clusterName, type DemoNode, type DemoService, makePod, makeReserved, type Peer } from "./peer.ts";

/** The nodes: the Star Wars cluster of Cilium's tutorial has these three. */
export const demoNodes: readonly [DemoNode, DemoNode, DemoNode] = [
  makeNode(0, "k8s-ctr", "192.168.10.100"),
  makeNode(1, "k8s-w1", "192.168.10.101"),
  makeNode(2, "k8s-w2", "192.168.10.102"),
];

const [controlPlane, worker1, worker2] = demoNodes;

/** Star Wars: pods, addresses and identities are the tutorial's (each deathstar got an identity of its own there). */
export const starWars = {
  xwing: makePod({
    node: worker1,
    namespace: "default",
    name: "xwing",
    ip: "172.20.1.80",
    endpointId: 301,
    identity: 4101,
    labels: ["app.kubernetes.io/name=xwing", "class=xwing", "org=alliance"],
  }),
  tiefighter: makePod({
    node: worker2,
    namespace: "default",
    name: "tiefighter",
    ip: "172.20.2.56",
    endpointId: 2957,
    identity: 10657,
    labels: ["app.kubernetes.io/name=tiefighter", "class=tiefighter", "org=empire"],
  }),
  deathstar1: deathstar(worker1, "zhrdx", "172.20.1.6", 2852, 2752),
  deathstar2: deathstar(worker2, "w7cjr", "172.20.2.246", 797, 12397),
};

/** What runs the cluster. */
export const kubeSystem = {
  coredns1: coredns("hgjll", "172.20.0.129", 1513),
  coredns2: coredns("56xkl", "172.20.0.84", 1514),
  hubbleRelay: makePod({
    node: worker1,
    namespace: "kube-system",
    name: "hubble-relay-5dcd46f5c-2lfmr",
    ip: "172.20.1.12",
    endpointId: 1199,
    identity: 20599,
    labels: ["k8s-app=hubble-relay"],
    serviceAccount: "hubble-relay",
    workload: deployment("hubble-relay"),
  }),
  hubbleUi: makePod({
    node: worker1,
    namespace: "kube-system",
    name: "hubble-ui-76d4965bb6-fk6kx",
    ip: "172.20.1.44",
    endpointId: 2908,
    identity: 49608,
    labels: ["k8s-app=hubble-ui"],
    serviceAccount: "hubble-ui",
    workload: deployment("hubble-ui"),
  }),
};

/** The shop: a web shop with a message queue. */
export const shop = {
  frontend1: shopPod(worker1, "frontend-6c9f7bd9d4-kv2mx", "172.20.1.101", 3801, 31001),
  frontend2: shopPod(worker2, "frontend-6c9f7bd9d4-p8rzq", "172.20.2.102", 3811, 31001),
  cart: shopPod(worker2, "cart-0", "172.20.2.118", 3802, 31002),
  checkout1: shopPod(worker1, "checkout-7f9c5b8d66-t4w9n", "172.20.1.109", 3803, 31003),
  checkout2: shopPod(worker2, "checkout-7f9c5b8d66-xq6hd", "172.20.2.109", 3813, 31003),
  kafka: shopPod(controlPlane, "kafka-0", "172.20.0.104", 3804, 31004),
};

/** Each node's own side: what its pods see when the kubelet probes them. */
export const hosts: readonly [Peer, Peer, Peer] = [
  makeHost(controlPlane),
  makeHost(worker1),
  makeHost(worker2),
];

/** Each node as the other nodes see it. */
export const nodePeers: readonly [Peer, Peer, Peer] = [
  makeReserved({
    kind: "node",
    ip: controlPlane.address,
    node: controlPlane,
    local: { identity: 1, labels: ["reserved:host", "reserved:kube-apiserver"] },
    remote: { identity: 7, labels: ["reserved:kube-apiserver", "reserved:remote-node"] },
  }),
  makeNodePeer(worker1),
  makeNodePeer(worker2),
];

/** The Kubernetes API server, which runs on the first node. */
export const apiServer: Peer = nodePeers[0];

/** Addresses outside the cluster (of the ranges kept for documentation, but for the resolver). */
export const world = {
  shoppers: ["203.0.113.7", "203.0.113.44", "203.0.113.91", "203.0.113.152"].map((ip) => makeWorld(ip)),
  crawler: makeWorld("198.51.100.23", "crawler.example.net"),
  payments: makeWorld("198.51.100.80", "api.payments.example.com"),
  resolver: makeWorld("1.1.1.1", "one.one.one.one"),
};

/** The Services that connections are made to. */
export const services = {
  deathstar: makeService("default", "deathstar", { ip: "10.96.180.4", port: 80 }, [
    starWars.deathstar1,
    starWars.deathstar2,
  ]),
  kubeDns: makeService("kube-system", "kube-dns", { ip: "10.96.0.10", port: 53 }, [
    kubeSystem.coredns1,
    kubeSystem.coredns2,
  ]),
  hubbleRelay: makeService("kube-system", "hubble-relay", { ip: "10.96.44.12", port: 80, targetPort: 4245 }, [
    kubeSystem.hubbleRelay,
  ]),
  cart: makeService("shop", "cart", { ip: "10.96.201.17", port: 8080 }, [shop.cart]),
  checkout: makeService("shop", "checkout", { ip: "10.96.77.130", port: 8080 }, [
    shop.checkout1,
    shop.checkout2,
  ]),
  kafka: makeService("shop", "kafka", { ip: "10.96.12.92", port: 9092 }, [shop.kafka]),
};

function makeNode(index: number, name: string, address: string): DemoNode {
  const labels = ["kubernetes.io/arch=amd64", `kubernetes.io/hostname=${name}`, "kubernetes.io/os=linux"];
  return { index, name, fullName: `${clusterName}/${name}`, address, labels };
}

function deathstar(node: DemoNode, suffix: string, ip: string, endpointId: number, identity: number): Peer {
  return makePod({
    node,
    namespace: "default",
    name: `deathstar-8c4c77fb7-${suffix}`,
    ip,
    endpointId,
    identity,
    labels: ["app.kubernetes.io/name=deathstar", "class=deathstar", "org=empire"],
    workload: deployment("deathstar"),
  });
}

function coredns(suffix: string, ip: string, endpointId: number): Peer {
  return makePod({
    node: controlPlane,
    namespace: "kube-system",
    name: `coredns-674b8bbfcf-${suffix}`,
    ip,
    endpointId,
    identity: 63813,
    labels: ["k8s-app=kube-dns"],
    serviceAccount: "coredns",
    workload: deployment("coredns"),
  });
}

/** A pod of the shop; its workload is what its name starts with, a StatefulSet when a number ends it. */
function shopPod(node: DemoNode, name: string, ip: string, endpointId: number, identity: number): Peer {
  const app = name.slice(0, name.indexOf("-"));
  const workload = /-\d$/.test(name) ? { kind: "StatefulSet", name: app } : deployment(app);
  const tier = { frontend: "web", kafka: "queue" }[app] ?? "backend";
  const labels = [`app=${app}`, `tier=${tier}`];
  return makePod({ node, namespace: "shop", name, ip, endpointId, identity, labels, workload });
}

function deployment(name: string): Workload {
  return { kind: "Deployment", name };
}

function makeHost(node: DemoNode): Peer {
  // Every node has this address on the network that it came from; pods see their own node behind it.
  return makeReserved({
    kind: "node",
    ip: "10.0.2.15",
    node,
    local: { identity: 1, labels: ["reserved:host"] },
  });
}

function makeNodePeer(node: DemoNode): Peer {
  return makeReserved({
    kind: "node",
    ip: node.address,
    node,
    local: { identity: 1, labels: ["reserved:host"] },
    remote: { identity: 6, labels: ["reserved:remote-node"] },
  });
}

function makeWorld(ip: string, name?: string): Peer {
  const known = { identity: 2, labels: ["reserved:world"] };
  return makeReserved({ kind: "world", ip, local: known, names: name === undefined ? [] : [name] });
}

function makeService(
  namespace: string,
  name: string,
  at: { readonly ip: string; readonly port: number; readonly targetPort?: number },
  backends: readonly Peer[],
): DemoService {
  const { ip, port, targetPort = port } = at;
  return { name: { namespace, name }, address: makeWorld(ip), port, targetPort, backends };
}
