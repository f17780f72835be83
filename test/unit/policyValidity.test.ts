import assert from "node:assert/strict";
import { test } from "node:test";
import type { JudgeOptions } from "../../src/policy/policyProblem.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { judgeValidityCase, type ValidityCase } from "../support/judgeValidityCase.ts";
import { readOracle } from "../support/policyOracle.ts";

for (const { category, groups } of readOracle(new URL("../fixtures/policy", import.meta.url).pathname)) {
  if (category !== "validity") continue;
  for (const validityCase of groups.flatMap(({ cases }) => cases as unknown as readonly ValidityCase[])) {
    test(`cilium and kubernetes judge: ${validityCase.id}`, () => {
      const judgement = judgeValidityCase(validityCase);
      assert.ok(judgement && judgement.expected.length > 0);
      assert.deepEqual(judgement.got, judgement.expected);
    });
  }
}

const marks = /[«»]/g;

/** What is said of a text with the place of each problem between « and », as `code by whom: place`. */
function said(marked: string, options: JudgeOptions = {}): readonly string[] {
  const text = marked.replaceAll(marks, "");
  return readPolicies(text, options).problems.map(({ severity, code, refusedBy, range }) => {
    const weight =
      severity === "error"
        ? refusedBy
            .map((who) => (who === "agent" ? "A" : "S"))
            .sort()
            .join("")
        : severity;
    return `${code} ${weight === "" ? "error" : weight}: ${text.slice(range.start, range.end)}`;
  });
}

/** What is to be said: each code with the marked place that belongs to it, in the order of the text. */
function expected(marked: string, codes: readonly string[]): readonly string[] {
  const places = [...marked.matchAll(/«([^»]*)»/g)].map((match) => match[1] ?? "");
  assert.equal(places.length, codes.length, `places and codes of ${marked}`);
  return codes.map((code, index) => `${code}: ${places[index] ?? ""}`);
}

function check(marked: string, codes: readonly string[], options: JudgeOptions = {}): void {
  test(`said of ${marked.slice(-90).trim().replaceAll(/\s+/g, " ")} ${options.ciliumVersion ?? ""}`, () => {
    assert.deepEqual(said(marked, options), expected(marked, codes));
  });
}

const cilium = (kind: string, body: string): string =>
  `apiVersion: cilium.io/v2\nkind: ${kind}\nmetadata: { name: p, namespace: shop }\n${body}\n`;
const spec = (body: string): string => cilium("CiliumNetworkPolicy", `spec: { ${body} }`);
const ingress = (rule: string): string => spec(`endpointSelector: {}, ingress: [${rule}]`);
const egress = (rule: string): string => spec(`endpointSelector: {}, egress: [${rule}]`);
const peer = (selector: string): string => ingress(`{ fromEndpoints: [${selector}] }`);
const port = (fields: string): string => ingress(`{ toPorts: [{ ports: [${fields}] }] }`);
const host = (body: string): string =>
  `apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: { name: p }\nspec: { nodeSelector: {}, ${body} }\n`;
const tcp = 'ports: [{ port: "80", protocol: TCP }]';

// Fields: unknown ones are warned of, with what is lost.
check(ingress("{ fromEntities: [world], «toPort»: [] }"), ["unknown-field warning"]);
check(egress("{ toEndpoints: [{}], «auth»: { type: x } }"), ["unknown-field warning"]);
check(ingress("{ «fromFQDNs»: [{ matchName: a.io }] }"), ["unknown-field warning"]);
check(spec(`endpointSelector: {}, ingressDeny: [{ toPorts: [{ ${tcp}, «rules»: { http: [{}] } }] }]`), [
  "unknown-field warning",
]);
check(spec("endpointSelector: {}, egressDeny: [{ «toFQDNs»: [{ matchName: a.io }] }]"), [
  "unknown-field warning",
]);
test("a misspelt field says what the rule comes to without it", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      "{ fromEntities: [world], toPort: [] }",
      /Did you mean toPorts\? Without it the rule is open on every port/,
    ],
    [
      `{ fromEndpoint: [], toPorts: [{ ${tcp} }] }`,
      /Did you mean fromEndpoints\? Without it the rule is open to every peer/,
    ],
    ["{ fromEndpoint: [{}] }", /Did you mean fromEndpoints\? Without it the rule matches nothing/],
    [
      `{ toPorts: [{ ${tcp}, rule: { http: [{}] } }] }`,
      /Did you mean rules\? Without it every request passes/,
    ],
  ];
  for (const [rule, message] of cases)
    assert.match(readPolicies(ingress(rule)).problems[0]?.message ?? "", message);
});

// The whole.
check(cilium("CiliumNetworkPolicy", "spec: «{ endpointSelector: {} }»"), ["no-rules AS"]);
check(cilium("CiliumNetworkPolicy", "spec: «{ endpointSelector: {}, ingress: [] }»"), ["no-rules A"]);
check(cilium("CiliumNetworkPolicy", "spec: «{ ingress: [{}] }»"), ["invalid-subject AS"]);
check(spec("endpointSelector: {}, ingress: [{}]").replace("p,", "«Shop_1»,"), ["invalid-name S"]);
check(cilium("CiliumNetworkPolicy", "spec: { nodeSelector: «{}», ingress: [{}] }"), ["invalid-subject A"]);
check(spec("endpointSelector: { matchLabels: { io.kubernetes.pod.namespace: «dev» } }, ingress: [{}]"), [
  "namespace-overwritten warning",
]);
check(spec("endpointSelector: {}, «log»: { value: x }, ingress: [{}]"), ["version-dependent warning"], {
  ciliumVersion: "1.17",
});

// Peers.
check(ingress("{ fromEndpoints: [{}], «fromCIDR»: [192.168.0.0/16] }"), ["combined-peers A"]);
check(ingress("{ «fromEndpoints»: [] }"), ["empty-list warning"]);
check(ingress("{ fromEntities: [«wrold»] }"), ["unknown-entity AS"]);
check(ingress("{ fromEntities: [«world-ipv4»] }"), ["unknown-entity S"]);
check(ingress("{ fromCIDR: [«192.168.0.1», «192.168.0.0/33», «''»] }"), [
  "invalid-cidr S",
  "invalid-cidr AS",
  "invalid-cidr AS",
]);
check(ingress("{ fromCIDR: [«10.244.0.0/16», 10.1.2.3/32] }"), ["cidr-never-pods warning"]);
check(ingress("{ fromCIDRSet: [«{ cidr: 192.168.0.0/16, cidrGroupRef: g }»] }"), ["invalid-cidr-set AS"]);
check(ingress("{ fromCIDRSet: [{ cidr: 192.168.0.0/16, except: [«192.169.0.0/24»] }] }"), [
  "except-outside A",
]);
check(ingress("{ fromCIDRSet: [{ cidr: 192.168.0.0/16, except: [«192.168.0.0/8»] }] }"), [
  "except-outside warning",
]);
check(
  ingress("{ fromCIDRSet: [{ cidr: 192.168.0.0/16, except: [«192.168.0.0/8»] }] }"),
  ["except-outside A"],
  {
    ciliumVersion: "1.20",
  },
);
check(ingress("{ «fromNodes»: [{}] }"), ["needs-node-selector-labels warning"]);
check(ingress("{ «fromNodes»: [{}] }"), ["needs-node-selector-labels A"], { nodeSelectorLabels: false });
check(ingress("{ fromNodes: [{}] }"), [], { nodeSelectorLabels: true });
check(ingress("{ «fromRequires»: [{}] }"), ["version-dependent warning"]);
check(ingress("{ «fromRequires»: [{}] }"), ["version-dependent A"], { ciliumVersion: "1.19" });
check(ingress("{ «fromRequires»: [{}] }"), ["version-dependent warning"], { ciliumVersion: "1.18" });
check(egress("{ toFQDNs: [{ matchName: «'*.a.io'» }, «{ matchName: a.io, matchPattern: '*' }»] }"), [
  "invalid-dns-name AS",
  "invalid-dns-name AS",
]);
check(egress("{ toFQDNs: [{ matchPattern: «'**.a.io'» }] }"), ["version-dependent warning"], {
  ciliumVersion: "1.18",
});

// Selectors, and the texts of YAML 1.1.
check(peer("{ matchLabels: { app: «1», b: «no», c: 'y' } }"), ["unquoted-text AS", "unquoted-text AS"]);
check(peer(`{ matchLabels: { app: «${"x".repeat(64)}» } }`), ["invalid-label-value AS"]);
check(peer("{ matchLabels: { «a b»: c } }"), ["invalid-label-key A"]);
check(peer("{ matchExpressions: [«{ key: a, operator: In }»] }"), ["invalid-selector A"]);
check(peer("{ matchExpressions: [{ key: a, operator: Exists, values: «[b]» }] }"), ["invalid-selector A"]);
check(peer("{ matchExpressions: [{ key: a, operator: «Equals», values: [b] }] }"), ["invalid-operator AS"]);
check(peer("{ matchLabels: { pod-template-hash: «abc» } }"), ["dropped-label warning"]);
check(peer("{ matchLabels: { app.kubernetes.io/name: a, k8s:io.kubernetes.pod.namespace: b } }"), []);

// Ports.
check(port("{ port: «80», protocol: TCP }"), ["unquoted-text S"]);
check(port("«{ protocol: TCP }»"), ["port-missing A"]);
check(port('{ port: «"70000"» }, { port: «"http_1"» }, { port: «"sixteen-letters-x"» }'), [
  "invalid-port A",
  "invalid-port AS",
  "invalid-port A",
]);
check(port('{ port: "80", protocol: «TPC» }, { port: "80", protocol: «tcp» }'), [
  "unknown-protocol AS",
  "unknown-protocol S",
]);
check(port('{ port: "0", protocol: «VRRP» }'), ["unknown-protocol AS"], { ciliumVersion: "1.18" });
check(port('{ port: "0", protocol: VRRP }'), [], { ciliumVersion: "1.19" });
check(port('{ port: "80", endPort: «"90"» }'), ["wrong-type AS"]);
check(port('{ port: "80", endPort: «79» }, { port: "80", endPort: «70000» }'), [
  "end-port-ignored warning",
  "invalid-port S",
]);
check(port("{ port: «http» }"), ["port-name warning"]);
check(
  port(Array.from({ length: 41 }, (_, index) => `{ port: "${index + 1}" }`).join()).replace(
    /ports: (\[.*?\])/,
    "ports: «$1»",
  ),
  ["too-many-ports AS"],
);
check(ingress("{ toPorts: [«{}»] }"), ["no-ports warning"]);
check(ingress(`{ toPorts: [{ ${tcp} }], icmps: «[{ fields: [{ type: 8 }] }]» }`), ["icmp-with-ports A"]);
check(ingress("{ icmps: [{ fields: [{ type: «Ecco» }, { type: «300» }, { type: 8, family: «IPv5» }] }] }"), [
  "invalid-icmp AS",
  "invalid-icmp warning",
  "invalid-icmp AS",
]);

// L7.
check(ingress('{ toPorts: [{ ports: [«{ port: "80" }»], rules: { http: [{}] } }] }'), ["l7-without-tcp A"]);
check(ingress('{ toPorts: [{ ports: [«{ port: "0", protocol: TCP }»], rules: { http: [{}] } }] }'), [
  "l7-on-every-port A",
]);
check(ingress(`{ toPorts: [{ ${tcp}, rules: { http: [{ path: «"(a"» }] } }] }`), ["invalid-pattern A"]);
check(ingress(`{ toPorts: [{ ${tcp}, rules: { http: [{ host: «"(a"» }] } }] }`), ["invalid-pattern error"]);
check(ingress(`{ toPorts: [{ ${tcp}, rules: { dns: «[{ matchPattern: "*" }]» } }] }`), [
  "l7-not-supported-here A",
]);
check(host(`ingress: [{ toPorts: [{ ${tcp}, rules: «{ http: [{}] }» }] }]`), ["l7-not-supported-here A"]);
check(host(`egress: [{ toPorts: [{ ${tcp}, rules: { http: «[{}]» } }] }]`), ["l7-not-supported-here A"]);
check(
  host(`egress: [{ toPorts: [{ ports: [{ port: "53" }], rules: { dns: [{ matchPattern: "*" }] } }] }]`),
  [],
);
check(
  egress(
    '{ toPorts: [{ ports: [{ port: "53", endPort: «54» }], rules: { dns: [{ matchPattern: "*" }] } }] }',
  ),
  ["dns-port-range A"],
);
check(ingress(`{ toPorts: [{ ${tcp}, rules: «{ http: [{}], kafka: [{}] }» }] }`), ["combined-l7 AS"], {
  ciliumVersion: "1.19",
});
check(ingress(`{ toPorts: [{ ${tcp}, rules: { «kafka»: [{}] } }] }`), ["version-dependent warning"]);
check(ingress(`{ toPorts: [{ ${tcp}, rules: { «kafka»: [{}] } }] }`), ["version-dependent S"], {
  ciliumVersion: "1.20",
});
check(
  ingress(`{ toPorts: [{ ${tcp}, rules: { kafka: [«{ role: produce, apiKey: fetch }»] } }] }`),
  ["invalid-kafka-rule A"],
  {
    ciliumVersion: "1.18",
  },
);
check(ingress(`{ toPorts: [{ ${tcp}, listener: «{ name: l, envoyConfig: { name: e } }» }] }`), [
  "listener-on-ingress A",
]);
check(
  ingress(
    `{ fromEntities: [world], toPorts: [{ ${tcp}, rules: { http: [«{ method: GET }»] } }] }, { fromEntities: [world] }`,
  ),
  ["l7-without-effect warning"],
);
check(
  ingress(
    `{ toPorts: [{ ${tcp}, rules: { http: [«{ method: GET }»] } }, { ports: [{ port: "1", endPort: 90 }] }] }`,
  ),
  ["l7-without-effect warning"],
);
check(
  ingress(
    `{ fromEntities: [world], toPorts: [{ ${tcp}, rules: { http: [{ method: GET }] } }] }, { fromEntities: [host] }`,
  ),
  [],
);

// NetworkPolicy, by Kubernetes' own validation.
const knp = (body: string): string =>
  `apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p }\nspec: { podSelector: {}, ${body} }\n`;
check(knp("ingress: [{ from: [«{}»] }]"), ["empty-peer S"]);
check(knp("ingress: [{ from: [«{ podSelector: {}, ipBlock: { cidr: 192.168.0.0/16 } }»] }]"), [
  "combined-peers S",
]);
check(knp("ingress: [{ from: [{ ipBlock: { cidr: 192.168.0.0/16, except: [«192.168.0.0/16»] } }] }]"), [
  "except-outside S",
]);
check(knp("ingress: [{ «from»: [] }]"), ["empty-list warning"]);
check(
  knp(
    "ingress: [{ ports: [{ port: 80, endPort: «79» }, { port: web, endPort: «80» }, { endPort: «80» }] }]",
  ).replace("web", "«web»"),
  ["end-port-below S", "port-name warning", "end-port-with-name S", "port-missing S"],
);
check(knp('ingress: [{ ports: [{ port: «"80"» }, { port: «0» }, { protocol: «ANY», port: 80 }] }]'), [
  "invalid-port S",
  "invalid-port S",
  "unknown-protocol S",
]);
check(knp("policyTypes: [«ingress»], «egress»: [{}]"), [
  "invalid-policy-type S",
  "policy-type-missing warning",
]);

const refusals: readonly (readonly [string, JudgeOptions, boolean])[] = [
  [ingress("{ fromEntities: [world] }"), {}, false],
  [ingress("{ fromEntities: [wrold] }"), {}, true],
  [ingress("{ fromEntities: [world], toPort: [] }"), {}, false],
  // What only the API server refuses was never stored like this: the agent would have taken it.
  [ingress("{ fromCIDR: [192.168.0.1] }"), {}, false],
  [ingress("{ toPorts: [{ ports: [{ port: 80 }] }] }"), {}, false],
  [peer("{ matchLabels: { app: 1 } }"), {}, true],
  [peer("{ matchLabels: { app: on } }"), {}, true],
  [peer("{ matchLabels: { app: '1' } }"), {}, false],
  // Readers of YAML differ about a letter: it is said, and read as it is meant.
  [peer("{ matchLabels: { app: y } }"), {}, false],
  [knp("ingress: [{ from: [{ podSelector: { matchLabels: { app: n } } }] }]"), {}, false],
  [knp("ingress: [{ from: [{ podSelector: { matchLabels: { app: 1 } } }] }]"), {}, true],
  // Agents differ: without a version nobody knows.
  [ingress("{ fromRequires: [{}] }"), {}, false],
  [ingress("{ fromRequires: [{}] }"), { ciliumVersion: "1.19" }, true],
  [ingress("{ fromNodes: [{}] }"), {}, false],
  [ingress("{ fromNodes: [{}] }"), { nodeSelectorLabels: false }, true],
  [knp("ingress: [{ from: [{}] }]"), {}, true],
  [ingress("{ fromEntities: [wrold]"), {}, false],
];

test("a policy that is refused as a whole says so", () => {
  for (const [text, options, refused] of refusals) {
    const [policy] = readPolicies(text, options).policies;
    assert.equal(policy?.refused !== undefined, refused, text);
  }
});

test("a namesake's refusal stays with it", () => {
  const { policies } = readPolicies(`${ingress("{ fromEntities: [wrold] }")}---\n${ingress("{}")}`);
  assert.deepEqual(
    policies.map(({ refused }) => refused !== undefined),
    [true, false],
  );
});
