import type { Endpoint } from "../../src/flows/flow.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { Connection } from "../../src/policy/connection.ts";
import { makeEndpoint } from "./makeFlow.ts";

/** How large a random world is. */
export interface WorldSize {
  readonly namespaces: number;
  /** Different values of the label `app`. */
  readonly apps: number;
}

/** A value as a manifest holds it. */
export type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

const tiers = ["front", "middle", "back"];
const ports = ["80", "443", "8080", "53", "9092"];
const blocks = ["203.0.113.0/24", "203.0.113.64/26", "198.51.100.0/24", "0.0.0.0/0", "2001:db8::/32"];
const addresses = ["203.0.113.7", "203.0.113.70", "198.51.100.9", "192.0.2.1", "2001:db8::9"];
const names = ["api.example.com", "*.example.com", "cdn.example.net"];
const entities = ["world", "cluster", "host", "remote-node", "all", "kube-apiserver", "health"];

/** Policies and connections of an invented cluster; the same seed gives the same ones. */
export class RandomWorld {
  readonly random: SeededRandom;
  readonly #size: WorldSize;
  /** Flows share the endpoints that they have in common. */
  readonly #endpoints = new Map<string, Endpoint>();
  #count = 0;

  constructor(seed: number, size: WorldSize) {
    this.random = new SeededRandom(seed);
    this.#size = size;
  }

  /** A policy of any kind, as a manifest. */
  manifest(ruleCount: number): Json {
    const kind = this.#pick(["CiliumNetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"]);
    const sections: Record<string, Json> = {};
    for (let left = ruleCount; left > 0; left--) {
      const section = this.#pick(["ingress", "egress", "ingress", "egress", "ingressDeny", "egressDeny"]);
      const rules = (sections[section] ?? []) as readonly Json[];
      sections[section] = [...rules, this.rule(section)];
    }
    const spec: Json = {
      endpointSelector: this.#selector(),
      ...sections,
      ...(this.#chance(0.15) ? { enableDefaultDeny: { ingress: false } } : {}),
    };
    return this.policyOf(spec, kind);
  }

  /** Gives a spec a name of its own. */
  policyOf(spec: Json, kind = "CiliumNetworkPolicy"): Json {
    const name = `p${this.#count++}`;
    const isClusterWide = kind === "CiliumClusterwideNetworkPolicy";
    const metadata: Json = isClusterWide ? { name } : { name, namespace: this.#namespace() };
    return { apiVersion: "cilium.io/v2", kind, metadata, spec };
  }

  /** A rule of a section such as `ingressDeny`. */
  rule(section: string): Json {
    const from = section.startsWith("ingress") ? "from" : "to";
    const isDeny = section.endsWith("Deny");
    return {
      ...this.#peers(from, isDeny),
      ...(this.#chance(0.6) ? { toPorts: [this.#portItem(isDeny)] } : {}),
    };
  }

  connection(): Connection {
    const direction = this.#pick(["ingress", "egress"] as const);
    const subject = this.#chance(0.95) ? this.#pod() : this.#reserved();
    const outside = this.#chance(0.3);
    const address = this.#pick(addresses);
    const peer = outside ? this.#external(address) : this.#chance(0.85) ? this.#pod() : this.#reserved();
    const peerIp = outside ? (this.#chance(0.9) ? address : "") : "10.0.0.9";
    const isIngress = direction === "ingress";
    const protocol = this.#pick(["TCP", "TCP", "TCP", "UDP", "ICMPv4"] as const);
    const port = protocol === "ICMPv4" ? 8 : Number(this.#pick([...ports, "81", "8443"]));
    return {
      direction,
      source: isIngress ? peer : subject,
      destination: isIngress ? subject : peer,
      sourceIp: isIngress ? peerIp : "10.0.0.1",
      destinationIp: isIngress ? "10.0.0.1" : peerIp,
      ...(this.#chance(0.97) ? { l4: { protocol, port } } : {}),
    };
  }

  shuffled<T>(items: readonly T[]): readonly T[] {
    const keyed = items.map((item) => ({ item, key: this.random.fraction() }));
    return keyed.sort((one, other) => one.key - other.key).map(({ item }) => item);
  }

  #peers(from: string, isDeny: boolean): { readonly [key: string]: Json } {
    const isEgress = from === "to";
    switch (this.random.integer(0, 9 - 1)) {
      case 0:
        return { toPorts: [this.#portItem(isDeny)] };
      case 1:
        return { [`${from}Entities`]: [this.#pick(entities), this.#pick(entities)] };
      case 2:
        return { [`${from}CIDR`]: [this.#pick(blocks)] };
      case 3:
        return {
          [`${from}CIDRSet`]: [
            { cidr: "203.0.113.0/24", except: ["203.0.113.64/26"] },
            { cidrGroupRef: "group" },
          ],
        };
      case 4:
        return isEgress && !isDeny ? { toFQDNs: [this.#dnsName()] } : { [`${from}Endpoints`]: [{}] };
      case 5:
        return { [`${from}Endpoints`]: [] };
      default:
        return { [`${from}Endpoints`]: [this.#peerSelector(), this.#peerSelector()] };
    }
  }

  #dnsName(): Json {
    const name = this.#pick(names);
    return name.includes("*") ? { matchPattern: name } : { matchName: name };
  }

  #portItem(isDeny: boolean): Json {
    const port = this.#pick([...ports, "web", "0"]);
    const end = this.#chance(0.2) && port === "80" ? { endPort: 8080 } : {};
    const protocol = this.#pick(["TCP", "TCP", "UDP", "ANY"]);
    const http = !isDeny && protocol === "TCP" && port === "80" && !("endPort" in end) && this.#chance(0.3);
    return { ports: [{ port, protocol, ...end }], ...(http ? { rules: { http: [{ method: "GET" }] } } : {}) };
  }

  #selector(): Json {
    switch (this.random.integer(0, 6 - 1)) {
      case 0:
        return {};
      case 1:
        return { matchExpressions: [{ key: "app", operator: "In", values: [this.#app(), this.#app()] }] };
      case 2:
        return { matchExpressions: [{ key: "tier", operator: "NotIn", values: [this.#pick(tiers)] }] };
      case 3:
        return {
          matchLabels: { tier: this.#pick(tiers) },
          matchExpressions: [{ key: "app", operator: "Exists" }],
        };
      default:
        return { matchLabels: { app: this.#app() } };
    }
  }

  #peerSelector(): Json {
    if (!this.#chance(0.4)) return this.#selector();
    return { matchLabels: { "k8s:io.kubernetes.pod.namespace": this.#namespace(), app: this.#app() } };
  }

  #pod(): Endpoint {
    if (this.#chance(0.03)) return this.#endpoint("", []);
    const namespace = this.#namespace();
    const app = this.#app();
    return this.#endpoint(`${namespace}/${app}-1`, [
      `k8s:app=${app}`,
      `k8s:tier=${this.#pick(tiers)}`,
      "k8s:io.cilium.k8s.policy.cluster=default",
      `k8s:io.kubernetes.pod.namespace=${namespace}`,
    ]);
  }

  #reserved(): Endpoint {
    const label = this.#pick(["host", "remote-node", "health", "init", "kube-apiserver"]);
    return this.#endpoint("", [`reserved:${label}`]);
  }

  #external(address: string): Endpoint {
    const labels = [address.includes(":") ? "reserved:world-ipv6" : "reserved:world"];
    if (this.#chance(0.3)) labels.push(`fqdn:${this.#pick(names)}`);
    if (this.#chance(0.2)) labels.push("cidrgroup:io.cilium.policy.cidrgroupname/group");
    if (this.#chance(0.2)) labels.push("cidr:203.0.113.0/26");
    return this.#endpoint("", labels);
  }

  #endpoint(pod: string, labels: readonly string[]): Endpoint {
    const key = labels.join();
    const known = this.#endpoints.get(key);
    if (known) return known;
    const made = makeEndpoint(pod, { identity: labels.length === 0 ? 0 : 5000, labels });
    this.#endpoints.set(key, made);
    return made;
  }

  #namespace(): string {
    return `ns${this.random.integer(0, this.#size.namespaces - 1)}`;
  }

  #app(): string {
    return `app${this.random.integer(0, this.#size.apps - 1)}`;
  }

  #chance(share: number): boolean {
    return this.random.fraction() < share;
  }

  #pick<T>(items: readonly T[]): T {
    return this.random.pick(items);
  }
}

/** Several manifests as one text of several documents. */
export function textOf(manifests: readonly Json[]): string {
  return manifests.map((manifest) => JSON.stringify(manifest)).join("\n---\n");
}
