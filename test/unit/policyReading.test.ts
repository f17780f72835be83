import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { LineIndex } from "../../src/base/textRange.ts";
import { policyKey, samePolicy } from "../../src/policy/policy.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";

const head = `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: p }
`;
const spec = `${head}spec:
  endpointSelector: {}
`;

/** Every place that carries numbers, as `line path: first line of its text`. */
function placesOf(text: string): readonly string[] {
  const lines = new LineIndex(text);
  const show = (path: string, { start, end }: { start: number; end: number }): string =>
    `${lines.at(start).line} ${path}: ${text.slice(start, end).split("\n")[0] ?? ""}`;
  return readPolicies(text).policies.flatMap((policy) => [
    show("head", policy.range),
    ...policy.specs.flatMap(({ path, range, sections }) => [
      show(path, range),
      ...sections.flatMap((section) => [
        show(section.path, section.range),
        ...section.rules.flatMap((rule) => [
          show(rule.path, rule.range),
          ...(rule.peers === "any" ? [] : rule.peers.map((peer) => show(peer.path, peer.range))),
          ...(rule.ports === "any" ? [] : rule.ports).flatMap((item) => [
            ...item.ports.map((port) => show(port.path, port.range)),
            ...(item.l7?.entries ?? []).map((entry) => show(entry.path, entry.range)),
          ]),
        ]),
      ]),
    ]),
  ]);
}

test("every part knows its path and its place", () => {
  const text = readFileSync(new URL("../fixtures/tutorial/rule1-l7.yaml", import.meta.url), "utf8");
  assert.deepEqual(placesOf(text), [
    "5 head: spec",
    "5 spec: spec:",
    "11 spec.ingress: ingress:",
    "12 spec.ingress[0]: - fromEndpoints:",
    "13 spec.ingress[0].fromEndpoints[0]: matchLabels:",
    '17 spec.ingress[0].toPorts[0].ports[0]: port: "80"',
    '21 spec.ingress[0].toPorts[0].rules.http[0]: method: "POST"',
  ]);
});

test("specs, flow style, anchors and merge keys keep their places", () => {
  const text = `${head}specs:
- endpointSelector: {}
  egressDeny: [{ toEntities: [world] }]
-
  endpointSelector: {}
  ingress:
  - &one
    fromEntities: [host]
  - <<: *one
    toPorts: [{ ports: [{ port: "80" }] }]
  - *one
`;
  assert.deepEqual(placesOf(text), [
    "4 head: specs",
    "5 specs[0]: - endpointSelector: {}",
    "6 specs[0].egressDeny: egressDeny: [{ toEntities: [world] }]",
    "6 specs[0].egressDeny[0]: { toEntities: [world] }",
    "6 specs[0].egressDeny[0].toEntities[0]: world",
    "7 specs[1]: -",
    "9 specs[1].ingress: ingress:",
    "10 specs[1].ingress[0]: - &one",
    "11 specs[1].ingress[0].fromEntities[0]: host",
    "12 specs[1].ingress[1]: - <<: *one",
    "11 specs[1].ingress[1].fromEntities[0]: host",
    '13 specs[1].ingress[1].toPorts[0].ports[0]: { port: "80" }',
    "14 specs[1].ingress[2]: - *one",
    "11 specs[1].ingress[2].fromEntities[0]: host",
  ]);
});

const keys = (text: string): readonly string[] => readPolicies(text).policies.map(policyKey);

const documents: readonly (readonly [title: string, text: string, expected: readonly string[]])[] = [
  ["nothing", "", []],
  ["no YAML", "\u0000\u0001 kind: CiliumNetworkPolicy", []],
  ["other kinds", "apiVersion: v1\nkind: Pod\nmetadata: {name: CiliumNetworkPolicy}\n", []],
  [
    "a kind of another group",
    "apiVersion: crd.projectcalico.org/v1\nkind: NetworkPolicy\nmetadata: {name: c}\n",
    [],
  ],
  ["the namespace defaults", `${spec}  ingress: [{}]\n`, ["CiliumNetworkPolicy|default|p"]],
  [
    "a cluster-wide policy has none",
    "apiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: c, namespace: x}\n",
    ["CiliumClusterwideNetworkPolicy||c"],
  ],
  [
    "templates of Helm",
    `{{- if .Values.policy }}\n${spec}  ingress: {{ toYaml .Values.rules }}\n{{- end }}\n`,
    [],
  ],
  [
    "braces in a comment are no template",
    `# {{ not a template }}\n${spec}  ingress: [{}]\n`,
    ["CiliumNetworkPolicy|default|p"],
  ],
  [
    "a broken document leaves the others whole",
    `a: "open\n---\n${spec}  ingress: [\n---\n${spec}  ingress: [{}]\n`,
    ["CiliumNetworkPolicy|default|p", "CiliumNetworkPolicy|default|p"],
  ],
  [
    "a list, as kubectl prints several",
    `apiVersion: v1\nkind: List\nitems:\n- ${head.trimEnd().replaceAll("\n", "\n  ")}\n`,
    ["CiliumNetworkPolicy|default|p"],
  ],
  ["a document that is not finished", `${head}spec:\n`, ["CiliumNetworkPolicy|default|p"]],
];

for (const [title, text, expected] of documents) {
  test(`documents: ${title}`, () => {
    assert.deepEqual(keys(text), expected);
  });
}

const rule = (text: string): string => `${spec}  ingress:\n  - ${text}\n`;

test("what can be hostile ends soon, and says so", () => {
  const bomb = ["a0: &x0 [a, a]"];
  for (let level = 1; level < 40; level++)
    bomb.push(`a${level}: &x${level} [*x${level - 1}, *x${level - 1}]`);
  const cases: readonly (readonly [string, string])[] = [
    ["an alias bomb", `${bomb.join("\n")}\n${spec}  ingress: [{ fromEndpoints: *x39 }]\n  labels: *x39\n`],
    ["a list within itself", `${spec}  ingress: &a\n  - fromEndpoints: *a\n  - *a\n`],
    ["deep flow", `${spec}  ingress: ${"[".repeat(50_000)}`],
    [
      "deep blocks",
      spec + Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth + 2)}a:\n`).join(""),
    ],
    [
      "many uses of a long list",
      `${spec}  egress: [{ toEndpoints: &e [${"{},".repeat(5000)}] }]\n  ingress:\n${"  - fromEndpoints: *e\n".repeat(5000)}`,
    ],
    [
      "a catastrophic pattern",
      rule(`toPorts: [{ ports: [{ port: "80" }], rules: { http: [{ path: "(a{1000}){1000}" }] } }]`),
    ],
  ];
  for (const [title, text] of cases) {
    const { problems: found } = readPolicies(text);
    assert.ok(found.length > 0, `${title}: nothing was said`);
    for (const { range } of found) {
      assert.ok(0 <= range.start && range.start <= range.end && range.end <= text.length, title);
    }
  }
});

test("the same policy, whatever its formatting", () => {
  const [one] = readPolicies(rule("{ fromEntities: [world, host] }")).policies;
  const cases: readonly (readonly [string, boolean])[] = [
    [
      `# said otherwise\n${head}spec:\n  ingress:\n    - "fromEntities":\n        - world\n        - 'host'\n  endpointSelector: {}\n`,
      true,
    ],
    [rule("{ fromEntities: [world, host], toPorts: null }"), true],
    [rule("{ fromEntities: [host, world] }"), false],
    [rule("{ fromEntities: [world] }"), false],
  ];
  for (const [text, same] of cases) {
    const [other] = readPolicies(text).policies;
    assert.equal(one && other && samePolicy(one, other), same, text);
  }
});

test("of namesakes the last one counts", () => {
  const { policies } = readPolicies(`${rule("{}")}---\n${rule("fromEntities: [world]")}`);
  assert.deepEqual(createPolicySet(policies, {}).policies, [policies[1]]);
});
