import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import type { PolicyProblem } from "../../src/policy/policyProblem.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";

const cilium = (spec: string) => `# kept
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: p
  namespace: shop
spec:
${spec}`;
const ingress = (rule: string) =>
  cilium(`  endpointSelector: {}   # kept, too\n  ingress:\n    - ${rule}\n---\n# the rest\n`);
const egress = (rule: string) => cilium(`  endpointSelector: {}\n  egress:\n    - ${rule}\n`);
const item = (written: string) => ingress(`toPorts:\n        - ${written}`);
const port = (written: string) => item(`ports:\n            - ${written}`);
const kubernetes = (spec: string) => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: { name: p }
spec:
  podSelector: {}
${spec}`;

type Row = readonly [
  title: string,
  code: string,
  wrap: (written: string) => string,
  before: string,
  after: string,
];
const same = (text: string) => text;

const rows: readonly Row[] = [
  ["a misspelt field", "unknown-field", ingress, "fromEndpoint: [{}]", "fromEndpoints: [{}]"],
  [
    "one in quotes",
    "unknown-field",
    ingress,
    `{ "fromEntites": ["world"] }`,
    `{ "fromEntities": ["world"] }`,
  ],
  ["one in single quotes", "unknown-field", ingress, "'toPort': []", "'toPorts': []"],
  ["a port without quotes", "unquoted-text", port, "port: 80 # web", `port: "80" # web`],
  [
    "a long boolean",
    "unquoted-text",
    ingress,
    "fromEndpoints: [{ matchLabels: { a: yes } }]",
    `fromEndpoints: [{ matchLabels: { a: "yes" } }]`,
  ],
  [
    "a number with a tail",
    "unquoted-text",
    ingress,
    "fromEndpoints: [{ matchLabels: { v: 1.10 } }]",
    `fromEndpoints: [{ matchLabels: { v: "1.10" } }]`,
  ],
  [
    "a letter that is a boolean",
    "unquoted-letter",
    ingress,
    "fromEndpoints: [{ matchLabels: { a: y } }]",
    `fromEndpoints: [{ matchLabels: { a: "y" } }]`,
  ],
  ["a quoted number", "wrong-type", port, `{ port: "80", endPort: "90" }`, `{ port: "80", endPort: 90 }`],
  [
    "a quoted boolean",
    "wrong-type",
    cilium,
    `  endpointSelector: {}\n  ingress: [{}]\n  enableDefaultDeny: { ingress: 'false' }\n`,
    "  endpointSelector: {}\n  ingress: [{}]\n  enableDefaultDeny: { ingress: false }\n",
  ],
  ["a word for a list", "wrong-type", ingress, "fromEntities: world # all", "fromEntities: [world] # all"],
  [
    "a mapping for a list",
    "wrong-type",
    ingress,
    "fromEndpoints: { matchLabels: { a: b } }",
    "fromEndpoints: [{ matchLabels: { a: b } }]",
  ],
  [
    "an operator in lower case",
    "invalid-operator",
    ingress,
    `fromEndpoints: [{ matchExpressions: [{ key: a, operator: notin, values: [b] }] }]`,
    `fromEndpoints: [{ matchExpressions: [{ key: a, operator: NotIn, values: [b] }] }]`,
  ],
  [
    "values that nobody looks at",
    "invalid-selector",
    ingress,
    `fromEndpoints:\n        - matchExpressions:\n            - key: a\n              operator: Exists\n              values:\n                - b # c\n              `,
    `fromEndpoints:\n        - matchExpressions:\n            - key: a\n              operator: Exists\n              `,
  ],
  ["a misspelt entity", "unknown-entity", ingress, `fromEntities: ["wrold"]`, `fromEntities: ["world"]`],
  [
    "a protocol in lower case",
    "unknown-protocol",
    port,
    `{ port: "80", protocol: tcp }`,
    `{ port: "80", protocol: TCP }`,
  ],
  [
    "a misspelt protocol of Kubernetes",
    "unknown-protocol",
    kubernetes,
    "  ingress: [{ ports: [{ port: 53, protocol: udp }] }]",
    "  ingress: [{ ports: [{ port: 53, protocol: UDP }] }]",
  ],
  [
    "a policy type in lower case",
    "invalid-policy-type",
    kubernetes,
    "  policyTypes: [ingress]\n",
    "  policyTypes: [Ingress]\n",
  ],
  [
    "an ICMP family",
    "invalid-icmp",
    ingress,
    "icmps: [{ fields: [{ family: ipv6, type: 8 }] }]",
    "icmps: [{ fields: [{ family: IPv6, type: 8 }] }]",
  ],
  [
    "a misspelt ICMP type",
    "invalid-icmp",
    ingress,
    "icmps: [{ fields: [{ type: EchoReqest }] }]",
    "icmps: [{ fields: [{ type: EchoRequest }] }]",
  ],
  [
    "a header action",
    "invalid-header-match",
    item,
    `{ ports: [{ port: "80", protocol: TCP }], rules: { http: [{ headerMatches: [{ name: X, mismatch: log }] }] } }`,
    `{ ports: [{ port: "80", protocol: TCP }], rules: { http: [{ headerMatches: [{ name: X, mismatch: LOG }] }] } }`,
  ],
  [
    "a Kafka role",
    "invalid-kafka-rule",
    item,
    `{ ports: [{ port: "9092", protocol: TCP }], rules: { kafka: [{ role: produced }] } }`,
    `{ ports: [{ port: "9092", protocol: TCP }], rules: { kafka: [{ role: produce }] } }`,
  ],
  [
    "a Kafka key",
    "invalid-kafka-rule",
    item,
    `{ ports: [{ port: "9092", protocol: TCP }], rules: { kafka: [{ apiKey: fetsch }] } }`,
    `{ ports: [{ port: "9092", protocol: TCP }], rules: { kafka: [{ apiKey: fetch }] } }`,
  ],
  [
    "a mode",
    "invalid-authentication",
    ingress,
    "authentication: { mode: Required }",
    "authentication: { mode: required }",
  ],
  [
    "the kind of a configuration",
    "invalid-listener",
    egress,
    `toPorts: [{ ports: [{ port: "80" }], listener: { name: a, envoyConfig: { name: b, kind: ciliumenvoyconfig } } }]`,
    `toPorts: [{ ports: [{ port: "80" }], listener: { name: a, envoyConfig: { name: b, kind: CiliumEnvoyConfig } } }]`,
  ],
  [
    "a port in quotes",
    "invalid-port",
    kubernetes,
    `  ingress: [{ ports: [{ port: "80" }] }]`,
    "  ingress: [{ ports: [{ port: 80 }] }]",
  ],
  ["an address", "invalid-cidr", egress, `toCIDR: ["10.1.2.3"]`, `toCIDR: ["10.1.2.3/32"]`],
  [
    "an address of IPv6",
    "invalid-cidr",
    egress,
    `toCIDRSet: [{ cidr: "fd00::1" }]`,
    `toCIDRSet: [{ cidr: "fd00::1/128" }]`,
  ],
  [
    "an address of Kubernetes",
    "invalid-cidr",
    kubernetes,
    "  egress: [{ to: [{ ipBlock: { cidr: 10.1.2.3 } }] }]",
    "  egress: [{ to: [{ ipBlock: { cidr: 10.1.2.3/32 } }] }]",
  ],
  [
    "no API version",
    "missing-api-version",
    same,
    "# a\nkind: NetworkPolicy\nmetadata: { name: p }\nspec: { podSelector: {} }\n",
    "# a\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: p }\nspec: { podSelector: {} }\n",
  ],
  [
    "ports that are none",
    "empty-list",
    ingress,
    "fromEntities: [world]\n      toPorts: [] # none\n      icmps: []",
    "fromEntities: [world]\n      icmps: []",
  ],
  [
    "a list that keeps nobody out",
    "empty-list",
    kubernetes,
    "  ingress:\n    - ports: [{ port: 80 }]\n      from: []",
    "  ingress:\n    - ports: [{ port: 80 }]",
  ],
  [
    "a namespace of a cluster-wide policy",
    "namespace-ignored",
    same,
    "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: { name: p, namespace: shop }\nspec: { endpointSelector: {}, ingress: [{}] }\n",
    "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: { name: p }\nspec: { endpointSelector: {}, ingress: [{}] }\n",
  ],
  [
    "another namespace than the policy's",
    "namespace-overwritten",
    cilium,
    "  endpointSelector:\n    matchLabels:\n      k8s:io.kubernetes.pod.namespace: other\n  ingress: [{}]\n",
    "  endpointSelector:\n    matchLabels:\n      k8s:io.kubernetes.pod.namespace: shop\n  ingress: [{}]\n",
  ],
  [
    "an end below the port",
    "end-port-ignored",
    port,
    `port: "80"\n              endPort: 70\n              protocol: TCP`,
    `port: "80"\n              protocol: TCP`,
  ],
  ["an end after a name", "end-port-ignored", port, `{ port: http, endPort: 90 }`, "{ port: http }"],
  [
    "an end after a name of Kubernetes",
    "end-port-with-name",
    kubernetes,
    "  ingress: [{ ports: [{ endPort: 90, port: http }] }]",
    "  ingress: [{ ports: [{ port: http }] }]",
  ],
  [
    "a direction that is not named",
    "policy-type-missing",
    kubernetes,
    "  policyTypes:\n    - Ingress\n  egress: [{}]\n",
    "  policyTypes:\n    - Ingress\n    - Egress\n  egress: [{}]\n",
  ],
  [
    "one in a row",
    "policy-type-missing",
    kubernetes,
    `  policyTypes: ["Ingress"]\n  egress: [{}]\n`,
    `  policyTypes: ["Ingress", "Egress"]\n  egress: [{}]\n`,
  ],
  [
    "requests over another protocol",
    "l7-without-tcp",
    item,
    `{ ports: [{ port: "80", protocol: ANY }], rules: { http: [{}] } }`,
    `{ ports: [{ port: "80", protocol: TCP }], rules: { http: [{}] } }`,
  ],
  [
    "requests over no protocol",
    "l7-without-tcp",
    item,
    `ports:\n            - port: "80" # web\n          rules: { http: [{}] }`,
    `ports:\n            - port: "80" # web\n              protocol: TCP\n          rules: { http: [{}] }`,
  ],
  [
    "requests over no protocol in JSON",
    "l7-without-tcp",
    item,
    `{ "ports": [{ "port": "80" }], "rules": { "http": [{}] } }`,
    `{ "ports": [{ "port": "80", "protocol": "TCP" }], "rules": { "http": [{}] } }`,
  ],
  [
    "names over no port",
    "dns-without-port",
    egress,
    `toPorts:\n        - rules:\n            dns: [{ matchPattern: "*" }]`,
    `toPorts:\n        - rules:\n            dns: [{ matchPattern: "*" }]\n          ports: [{ port: "53", protocol: ANY }]`,
  ],
  [
    "capitals in a name",
    "invalid-name",
    same,
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: My_Policy }\nspec: { podSelector: {} }\n",
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: { name: my-policy }\nspec: { podSelector: {} }\n",
  ],
  [
    "a pattern for a name",
    "invalid-dns-name",
    egress,
    `toFQDNs: [{ matchName: "*.cilium.io" }]`,
    `toFQDNs: [{ matchPattern: "*.cilium.io" }]`,
  ],
];

function mended(text: string, { fix, fixRange, range }: PolicyProblem): string {
  const { start, end } = fixRange ?? range;
  return text.slice(0, start) + (fix ?? "") + text.slice(end);
}

for (const [title, code, wrap, before, after] of rows) {
  test(`${code}: ${title}`, () => {
    for (const crLf of [false, true]) {
      const [text, expected] = [wrap(before), wrap(after)].map((one) =>
        crLf ? one.replaceAll("\n", "\r\n") : one,
      ) as [string, string];
      const options = code === "invalid-kafka-rule" ? ({ ciliumVersion: "1.19" } as const) : {};
      const { problems } = readPolicies(text, options);
      const found = problems.filter((problem) => problem.code === code);
      const [problem] = found;
      assert.ok(problem, `no ${code} among ${problems.map((each) => each.code).join(" ")}`);
      assert.ok(problem.fix !== undefined, "has no fix");
      const result = mended(text, problem);
      assert.equal(result, expected);
      const left = readPolicies(result, options).problems.filter((each) => each.code === code);
      assert.equal(left.length, found.length - 1, left.map(({ message }) => message).join("\n"));
    }
  });
}

test("the fix of a document that did not change goes where the document went", () => {
  const text = ingress("toPorts:\n        - ports:\n            - port: 'http'\n              endPort: 90");
  const earlier = readPolicies(text);
  const moved = `kind: Service\n---\n${text}`;
  const [before, problem] = [earlier, readPolicies(moved, { earlier })].map(({ problems }) =>
    problems.find(({ fixRange }) => fixRange),
  );
  assert.ok(before && problem?.fixRange);
  assert.equal(mended(moved, problem), `kind: Service\n---\n${mended(text, before)}`);
});

test("a fix never leaves as much wrong as there was", () => {
  const strange: readonly (readonly [string, string])[] = [
    ["unknown-field", ingress("fromMars: []")],
    [
      "unknown-field",
      ingress("&a fromEndpoint: [{}]").replace("&a fromEndpoint", "? |\n        toPort\n      "),
    ],
    ["unknown-entity", ingress("fromEntities: [mars]")],
    ["empty-list", ingress("fromEndpoints: []\n      toPorts: [{ ports: [{ port: '80' }] }]")],
    ["empty-list", ingress("toPorts: []")],
    ["unquoted-text", ingress("fromEndpoints: [{ matchLabels: { a: &x 1, b: *x } }]")],
    [
      "end-port-ignored",
      port('{ port: "80", endPort: 90 }').replace('port: "80"', 'port: "http"').replace("{ ", "{ <<: {}, "),
    ],
  ];
  for (const [code, text] of strange) {
    const found = readPolicies(text).problems.filter((problem) => problem.code === code);
    const fixed = found.filter(({ fix }) => fix !== undefined);
    const broken = fixed
      .map((problem) => mended(text, problem))
      .filter((after) => readPolicies(after).problems.length >= readPolicies(text).problems.length);
    assert.deepEqual([code, broken], [code, []]);
  }
});

test("what the recorded judgements offer is in this table", () => {
  const folder = join(import.meta.dirname, "..", "fixtures", "policy");
  const texts = readFileSync(join(folder, "validity.json"), "utf8");
  const yamls: string[] = [];
  JSON.parse(texts, (_key, value: unknown) => {
    if (typeof value === "string" && value.includes("kind:")) yamls.push(value);
    return value;
  });
  const codes = new Set(rows.map(([, code]) => code));
  const offered = yamls.flatMap((text) =>
    readPolicies(text)
      .problems.filter(({ fix }) => fix !== undefined)
      .map(({ code }) => code),
  );
  assert.ok(yamls.length > 10);
  assert.deepEqual(
    [...new Set(offered)].filter((code) => !codes.has(code)),
    [],
  );
});
