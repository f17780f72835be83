import assert from "node:assert/strict";
import { test } from "node:test";
import { runSteps } from "../../src/base/steps.ts";
import type { Peer, Policy } from "../../src/policy/policy.ts";
import { parseJson } from "../../src/policy/quickJson.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { parseWholly } from "../../src/policy/wholeYaml.ts";

const head = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: p }\n";
const spec = `${head}spec:\n  endpointSelector: {}\n`;
const bodyAsJson = {
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "j" },
  spec: { podSelector: {}, ingress: [{ from: [{ podSelector: { matchLabels: { app: "a😀\n" } } }] }] },
};

const selectorText = (peer: Peer): string => {
  const selector = peer.type === "endpoints" ? peer.selector : peer.type === "pods" ? peer.pods : undefined;
  if (!selector) return peer.type === "entity" ? peer.entity : peer.type;
  return selector.requirements.map(({ key, values }) => `${key}=${values.join("|")}`).join("&") || "{}";
};

/** What the peers of a text are, and where it says so. */
const peersOf = (text: string): readonly string[] =>
  readPolicies(text).policies.flatMap((policy: Policy) =>
    policy.specs
      .flatMap(({ sections }) => sections.flatMap(({ rules }) => rules))
      .flatMap(({ peers }) => (peers === "any" ? [] : peers))
      .map((peer) => `${selectorText(peer)} at ${text.slice(peer.range.start, peer.range.end)}`),
  );

const said = (text: string): readonly string[] =>
  readPolicies(text).problems.map(({ code, range }) => `${code} at ${text.slice(range.start, range.end)}`);

const labelled = (value: string): string =>
  `${spec}  ingress:\n  - fromEndpoints:\n    - matchLabels: ${value}\n`;

const cases: readonly (readonly [
  title: string,
  text: string,
  peers: readonly string[],
  said: readonly string[],
])[] = [
  ...["yes", "Off", "true", "017", "0x1F", "1e3", "1_000", "0b11"].map(
    (value) =>
      [
        `${value} is no text without quotes`,
        labelled(`{ app: ${value} }`),
        [`app=${value} at matchLabels: { app: ${value} }`],
        [`unquoted-text at ${value}`],
      ] as const,
  ),
  ...["12:30:45", "2020-01-01", "0.0.0", "1e", "yess", "tRue", "0xg", "1.2.3"].map(
    (value) =>
      [
        `${value} is a text`,
        labelled(`{ app: "${value}", b: ${value} }`),
        [`app=${value}&b=${value} at matchLabels: { app: "${value}", b: ${value} }`],
        value.includes(":")
          ? ["invalid-label-value", "invalid-label-value"].map(
              (code, index) => `${code} at ${index === 0 ? `"${value}"` : value}`,
            )
          : [],
      ] as const,
  ),
  [
    "a tag makes a text of anything",
    labelled("{ app: !!str 1 }"),
    ["app=1 at matchLabels: { app: !!str 1 }"],
    [],
  ],
  [
    "escapes and doubled quotes",
    labelled(`{ app: "a\\x2db", b: 'c''d' }`),
    [`app=a-b&b=c'd at matchLabels: { app: "a\\x2db", b: 'c''d' }`],
    ["invalid-label-value at 'c''d'"],
  ],
  [
    "the last of two keys counts",
    labelled("{ app: a, app: b }"),
    ["app=b at matchLabels: { app: a, app: b }"],
    ["duplicate-key at app"],
  ],
  [
    "a merge key gives what is not written",
    `${spec}  labels: [&l { key: a }]\n  ingress:\n  - fromEndpoints:\n    - matchLabels: &m { app: a, b: c }\n    - matchLabels:\n        <<: *m\n        b: d\n`,
    [
      "app=a&b=c at matchLabels: &m { app: a, b: c }",
      "app=a&b=d at matchLabels:\n        <<: *m\n        b: d",
    ],
    [],
  ],
  [
    "lines that end as on Windows",
    labelled("{ app: a } # said").replaceAll("\n", "\r\n"),
    ["app=a at matchLabels: { app: a }"],
    [],
  ],
  ["a byte order mark", `\uFEFF${labelled("{ app: a }")}`, ["app=a at matchLabels: { app: a }"], []],
  [
    "letters of two code units before it, and a comment with quotes",
    `# 😀😀 "it's\n${labelled(`{ app: 'a' } # "😀`)}`,
    ["app=a at matchLabels: { app: 'a' }"],
    [],
  ],
  [
    "values of several lines",
    `${spec}  description: >-\n    one\n    # two\n\n  ingress:\n  - fromEndpoints:\n    - matchLabels: {\n        app: a,\n        b: c }\n    - matchLabels:\n        app:\n          a\n`,
    [
      "app=a&b=c at matchLabels: {\n        app: a,\n        b: c }",
      "app=a at matchLabels:\n        app:\n          a",
    ],
    [],
  ],
  [
    "marks of documents, with and without a comment",
    `--- # one\n${labelled("{ app: a }")}...\n---\t# two\n${labelled("{ app: b }")}---\n\n--- \n# nothing\n---`,
    ["app=a at matchLabels: { app: a }", "app=b at matchLabels: { app: b }"],
    [],
  ],
  [
    "a document on the line of its mark",
    `--- ${JSON.stringify({ ...bodyAsJson, metadata: { name: "x" } })}\n`,
    ['app=a😀\n at {"podSelector":{"matchLabels":{"app":"a😀\\n"}}}'],
    ['invalid-label-value at "a😀\\n"'],
  ],
  ["a directive", `%YAML 1.1\n---\n${labelled("{ app: a }")}`, ["app=a at matchLabels: { app: a }"], []],
  [
    "JSON",
    JSON.stringify(bodyAsJson, null, "\t"),
    [
      'app=a😀\n at {\n\t\t\t\t\t\t"podSelector": {\n\t\t\t\t\t\t\t"matchLabels": {\n\t\t\t\t\t\t\t\t"app": "a😀\\n"\n\t\t\t\t\t\t\t}\n\t\t\t\t\t\t}\n\t\t\t\t\t}',
    ],
    ['invalid-label-value at "a😀\\n"'],
  ],
  [
    "a list of the API server's, whose items do not say what they are",
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicyList\nitems:\n- metadata: { name: a }\n  spec:\n    podSelector: {}\n    ingress: [{ from: [{ podSelector: { matchLabels: { app: a } } }] }]\n- null\n",
    ["app=a at { podSelector: { matchLabels: { app: a } } }"],
    [],
  ],
  [
    "a list of Cilium's, whose items do",
    `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicyList\nitems:\n- ${labelled("{ app: a }").trimEnd().replaceAll("\n", "\n  ")}\n- kind: Pod\n`,
    ["app=a at matchLabels: { app: a }"],
    [],
  ],
  ["a list of others", "apiVersion: v1\nkind: PodList\nitems:\n- kind: CiliumNetworkPolicy2\n", [], []],
  ["a template", labelled("{{ toYaml .Values.NetworkPolicy }}"), [], []],
  [
    "a patch of Kustomize",
    `${head}spec:\n  ingress:\n  - $patch: delete\n`,
    [],
    ["invalid-subject at ingress:\n  - $patch: delete", "unknown-field at $patch"],
  ],
];

for (const [title, text, peers, problems] of cases) {
  test(`as Kubernetes reads it: ${title}`, () => {
    assert.deepEqual([peersOf(text), said(text)], [peers, problems]);
  });
}

test("JSON is read by the short way as it is by YAML, and nothing else is", () => {
  const whole = [bodyAsJson, { a: [], b: {}, c: [1, -2.5e3, true, null, [{}]], "<<": "x", d: '\\"\u0001é' }];
  for (const value of whole) {
    for (const indent of [0, 2, "\t"]) {
      const text = ` ${JSON.stringify(value, null, indent)}\n`;
      const [document] = runSteps(parseWholly(text));
      assert.deepEqual(runSteps(parseJson(text)), document?.contents, text);
    }
  }
  const others = [
    "",
    "[]",
    "1",
    "{",
    "{}}",
    "{} {}",
    '{"a":1,}',
    '{"a"}',
    '{"a":01}',
    '{"a":tru}',
    '{"a":"\n"}',
  ];
  others.push(
    "{a: 1}",
    "{'a': 1}",
    '{"a":\\x}',
    '{"a":"\\x"}',
    '{"a":1.}',
    '{"a":[1,]}',
    '{"a":1]',
    "# c\n{}",
  );
  for (const text of others) assert.equal(runSteps(parseJson(text)), undefined, text);
});
