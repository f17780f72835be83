import assert from "node:assert/strict";
import type { SuggestionKind } from "../../src/flows/language/suggestionKind.ts";
import { type PolicyCompletions, policyCompletions } from "../../src/policy/language/policyCompletions.ts";

/** A CiliumNetworkPolicy as far as its spec. */
export const head = `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: a\nspec:\n`;
/** The same with its subject. */
export const subject = `${head}  endpointSelector: {}\n`;
/** A CiliumClusterwideNetworkPolicy as far as its spec. */
export const clusterwide = head.replace("CiliumNetwork", "CiliumClusterwideNetwork");
/** A NetworkPolicy with its subject. */
export const kubernetes = `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: a }\nspec:\n  podSelector: {}\n`;

/** What flows have in these tests. */
const held: Partial<Readonly<Record<SuggestionKind, Readonly<Record<string, number>>>>> = {
  label: {
    "k8s:org=empire": 50,
    "k8s:org=alliance": 20,
    "k8s:app=shop": 30,
    "k8s:io.kubernetes.pod.namespace=default": 60,
    "k8s:io.kubernetes.pod.namespace=shop": 10,
    "k8s:io.cilium.k8s.namespace.labels.team=red": 7,
    "reserved:host": 5,
    "cidr:1.2.3.4/32": 9,
  },
  nodeLabel: { "role=gateway": 2 },
  namespace: { default: 60, shop: 10 },
  port: { "80": 40, "8080": 3 },
  fqdn: { "api.example.com": 4 },
  dnsQuery: { "api.example.com.": 9, "web.shop.svc.cluster.local.": 5 },
  service: { "default/deathstar": 40, "shop/web": 3 },
  httpMethod: { POST: 12 },
  httpPath: { "/v1/request-landing": 12, "/v1\\?a": 1 },
  identity: { world: 8, "4711": 3 },
};

/** What is offered at the mark `▏` of a text. */
export function complete(marked: string): PolicyCompletions | undefined {
  const offset = marked.indexOf("▏");
  assert.notEqual(offset, -1);
  return policyCompletions(marked.replace("▏", ""), offset, (kind, limit) =>
    Object.entries(held[kind] ?? {})
      .slice(0, limit)
      .map(([value, count]) => ({ value, count })),
  );
}
