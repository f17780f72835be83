import assert from "node:assert/strict";
import test from "node:test";
import { type PolicySymbol, policyOutline } from "../../src/policy/language/policySymbols.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";

const head = (kind: string, version = "cilium.io/v2") =>
  `apiVersion: ${version}\nkind: ${kind}\nmetadata: { name: rule1, namespace: shop }\nspec:\n`;
const cilium = (rules: string) => `${head("CiliumNetworkPolicy")}  endpointSelector: {}\n${rules}`;
const ingress = (rule: string) => cilium(`  ingress: [${rule}]\n`);
const egress = (rule: string) => cilium(`  egress: [${rule}]\n`);
const kubernetes = (rules: string) =>
  `${head("NetworkPolicy", "networking.k8s.io/v1")}  podSelector: {}\n${rules}`;

function outlineOf(text: string, most = 100): readonly string[] {
  const lines = (symbols: readonly PolicySymbol[], indent: string): string[] =>
    symbols.flatMap(({ name, detail, children }) => [
      `${indent}${name}${detail === "" ? "" : ` (${detail})`}`,
      ...lines(children, `${indent}  `),
    ]);
  return lines(policyOutline(readPolicies(text), most).symbols, "");
}

const rule = (text: string) => outlineOf(text)[2]?.trim();

const names: readonly (readonly [text: string, name: string])[] = [
  [
    ingress(
      "{ fromEndpoints: [{ matchLabels: { org: empire } }], toPorts: [{ ports: [{ port: '80', protocol: TCP }] }] }",
    ),
    "ingress[0] from org=empire → 80/TCP",
  ],
  [ingress("{}"), "ingress[0] from nobody"],
  [ingress("{ fromEndpoints: [] }"), "ingress[0] from nobody"],
  [ingress("{ fromEndpoints: [{}] }"), "ingress[0] from any pod"],
  [
    ingress(
      "{ fromEndpoints: [{ matchLabels: { 'k8s:io.kubernetes.pod.namespace': kube-system, k8s-app: kube-dns } }] }",
    ),
    "ingress[0] from namespace=kube-system,k8s-app=kube-dns",
  ],
  [
    ingress(
      "{ fromEndpoints: [{ matchExpressions: [{ key: a, operator: In, values: [x, y] }, { key: b, operator: NotIn, values: [z] }, { key: c, operator: Exists }, { key: d, operator: DoesNotExist }] }] }",
    ),
    "ingress[0] from a=x|y,b≠z,c and 1 more",
  ],
  [
    ingress("{ fromEntities: [world, host, remote-node, cluster, health] }"),
    "ingress[0] from world, host, remote-node and 2 more",
  ],
  [
    ingress("{ fromEndpoints: [{ matchLabels: { 'reserved:host': '' } }] }"),
    "ingress[0] from reserved:host=",
  ],
  [
    egress("{ toFQDNs: [{ matchName: cilium.io }, { matchPattern: '*.cilium.io' }] }"),
    "egress[0] to cilium.io, *.cilium.io",
  ],
  [egress("{ toCIDR: [10.0.0.0/8, 'fd00:0::/8'] }"), "egress[0] to 10.0.0.0/8, fd00::/8"],
  [
    egress("{ toCIDRSet: [{ cidr: 10.0.0.0/8, except: [10.1.0.0/16] }, { cidrGroupRef: office }] }"),
    "egress[0] to 10.0.0.0/8 with exceptions, group office",
  ],
  [
    egress("{ toServices: [{ k8sService: { serviceName: web, namespace: shop } }] }"),
    "egress[0] to service shop/web",
  ],
  [egress("{ toNodes: [{ matchLabels: { role: gateway } }] }"), "egress[0] to node role=gateway"],
  [
    egress(
      "{ toPorts: [{ ports: [{ port: '8000', endPort: 9000 }, { port: http, protocol: TCP }, { port: '0' }] }] }",
    ),
    "egress[0] to anybody → 8000-9000, http/TCP, every port",
  ],
  [
    egress("{ icmps: [{ fields: [{ type: 8 }, { family: IPv6, type: EchoRequest }] }] }"),
    "egress[0] to anybody → ICMP 8, ICMPv6 128",
  ],
  [
    kubernetes(
      "  ingress: [{ from: [{ podSelector: { matchLabels: { app: a } }, namespaceSelector: { matchLabels: { team: b } } }, { namespaceSelector: {} }] }]\n",
    ),
    "ingress[0] from app=a in namespace team=b, namespace any",
  ],
  [
    kubernetes(
      "  egress: [{ to: [{ ipBlock: { cidr: 10.0.0.0/8 } }], ports: [{ port: 53, protocol: UDP }] }]\n",
    ),
    "egress[0] to 10.0.0.0/8 → 53/UDP",
  ],
];

for (const [text, name] of names) {
  test(`a rule is called “${name}”`, () => {
    assert.equal(rule(text), name);
  });
}

test("policies hold directions, those rules, and those requests", () => {
  const text = `# the shop
${ingress("{ toPorts: [{ ports: [{ port: '80', protocol: TCP }], rules: { http: [{ method: POST, path: /v1 }, {}] } }] }, {}")}  egressDeny: [{ toEntities: [world] }]
---
kind: Service
---
apiVersion: cilium.io/v2
kind: CiliumClusterwideNetworkPolicy
metadata: { name: dns }
specs:
  - nodeSelector: { matchLabels: { a: b } }
    egress: [{ toPorts: [{ ports: [{ port: '53', protocol: ANY }], rules: { dns: [{ matchPattern: "*" }] } }] }]
  - endpointSelector: {}
    ingress: []
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {}
spec: { podSelector: {} }
`;
  assert.deepEqual(outlineOf(text), [
    "shop/rule1 (CiliumNetworkPolicy)",
    "  ingress (2 rules)",
    "    ingress[0] from anybody → 80/TCP",
    "      POST /v1",
    "      any request",
    "    ingress[1] from nobody",
    "  egressDeny (1 rule)",
    "    egressDeny[0] to world",
    "dns (CiliumClusterwideNetworkPolicy)",
    "  specs[0] (a=b)",
    "    egress (1 rule)",
    "      egress[0] to anybody → 53",
    "        *",
    "  specs[1] (any pod)",
    "    ingress (0 rules)",
    "(no name) (NetworkPolicy)",
  ]);
});

test("requests of Kafka are called by what they are, and a role that is none by its field", () => {
  const kafka = (entry: string) =>
    ingress(`{ toPorts: [{ ports: [{ port: '9092', protocol: TCP }], rules: { kafka: [${entry}] } }] }`);
  const names = ["{ apiKey: fetch, topic: news }", "{ role: produce }", "{}", "{ role: constructor }"].map(
    (entry) => outlineOf(kafka(entry))[3]?.trim(),
  );
  assert.deepEqual(names, ["fetch news", "produce, metadata, apiversions", "any Kafka request", "kafka"]);
});

test("every part lies in what holds it, and what is selected in the part", () => {
  const texts = [
    ...names.map(([text]) => text),
    `${ingress("{}")}\n# after\n---\n${egress("{}")}`,
    cilium(
      "  ingress: &a\n    - fromEntities: [world]\n  egress:\n    - toPorts: [{ ports: [{ port: '80' }] }]\n",
    ),
    `apiVersion: v1\nkind: List\nitems:\n- ${kubernetes("  ingress: [{}]\n").trimEnd().replaceAll("\n", "\n  ")}\n- ${egress("{}").trimEnd().replaceAll("\n", "\n  ")}\n`,
  ];
  let seen = 0;
  const check = (symbol: PolicySymbol, within: { start: number; end: number }): void => {
    seen += 1;
    const { range, selection, name } = symbol;
    assert.ok(within.start <= range.start && range.end <= within.end, name);
    assert.ok(range.start <= selection.start && selection.end <= range.end, name);
    for (const child of symbol.children) check(child, range);
  };
  for (const text of texts) {
    for (const symbol of policyOutline(readPolicies(text), 100).symbols) {
      check(symbol, { start: 0, end: text.length });
    }
  }
  assert.ok(seen > 50);
});

test("a document's policy has all of it, without what comes before and after", () => {
  const text = `# before\n${ingress("{}")}\n\n---\n# no policy\n`;
  const [symbol] = policyOutline(readPolicies(text), 100).symbols;
  assert.equal(text.slice(symbol?.range.start, symbol?.range.end), ingress("{}").trimEnd());
});

test("of very many rules the first are shown, and the rest is counted", () => {
  const { symbols } = policyOutline(readPolicies(ingress(Array(50).fill("{}").join(","))), 10);
  const section = symbols[0]?.children[0];
  assert.deepEqual([section?.children.length, section?.unlisted], [10, 40]);
});
