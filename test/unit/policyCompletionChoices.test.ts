import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { policyCompletions } from "../../src/policy/language/policyCompletions.ts";
import { policyKinds } from "../../src/policy/language/policyFields.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { complete, head, kubernetes, subject } from "../support/completionAsk.ts";

/** The text after a choice, with `▏` where the cursor stays, and the first word of each choice. */
function chosen(marked: string, label: string): string {
  const completions = complete(marked);
  const item = completions?.items.find((each) => each.label === label);
  assert.ok(
    completions && item,
    `no ${label} among ${completions?.items.map((each) => each.label).join(" ")}`,
  );
  const text = marked.replace("▏", "");
  const { start, end } = completions.replace;
  const insert = item.insert
    .replace(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, "$1")
    .replace(/\$\{\d+:([^}]*)\}/g, "$1")
    .replace(/\$0/g, "▏")
    .replace(/\$\d/g, "")
    .replace(/\\([\\$}])/g, "$1");
  return text.slice(0, start) + insert + text.slice(end);
}

const flat = `${head}  endpointSelector: {}\n  ingressDeny:\n  - fromEntities:\n    - world\n  ingress:\n`;
const ports = "  ingress:\n    - toPorts:\n        - ports:\n            - ";
const choices: readonly (readonly [text: string, label: string, after: string])[] = [
  [`${head}  ▏`, "endpointSelector", `${head}  endpointSelector:\n    matchLabels:\n      ▏`],
  [`${subject}  ▏`, "ingress", `${subject}  ingress:\n    - ▏`],
  [`${subject}  ingr▏`, "ingressDeny", `${subject}  ingressDeny:\n    - ▏`],
  [
    `${subject}  ingress:\n    - ▏`,
    "fromEndpoints",
    `${subject}  ingress:\n    - fromEndpoints:\n        - matchLabels:\n            ▏`,
  ],
  [
    `${subject}  ingress:\n    ▏`,
    "fromEndpoints",
    `${subject}  ingress:\n    - fromEndpoints:\n        - matchLabels:\n            ▏`,
  ],
  [`${flat}  - ▏`, "fromEndpoints", `${flat}  - fromEndpoints:\n    - matchLabels:\n        ▏`],
  [
    `${subject}  ingress:\n    - ▏`,
    "toPorts",
    `${subject}  ingress:\n    - toPorts:\n        - ports:\n            - port: ""\n              protocol: TCP`,
  ],
  [
    `${subject}  ingress:\n    - fromE▏: [world]\n`,
    "fromEntities",
    `${subject}  ingress:\n    - fromEntities: [world]\n`,
  ],
  [
    `${subject}  ingress:\n    - from▏Ent: [world]\n`,
    "fromEntities",
    `${subject}  ingress:\n    - fromEntities: [world]\n`,
  ],
  [`${subject}  ingress: [{ fr▏ }]`, "fromEntities", `${subject}  ingress: [{ fromEntities: [▏] }]`],
  [`${subject}  ingress: [{ "fr▏" }]`, "fromEntities", `${subject}  ingress: [{ "fromEntities": [▏] }]`],
  [
    `${subject}  ingress:\n    - "fr▏`,
    "toPorts",
    `${subject}  ingress:\n    - "toPorts":\n        - ports:\n            - port: ""\n              protocol: TCP`,
  ],
  [`${subject}${ports}port: ▏`, "80", `${subject}${ports}port: "80"`],
  [`${subject}${ports}port: "8▏"`, "8080", `${subject}${ports}port: "8080"`],
  [`${subject}${ports}port: '▏'`, "80", `${subject}${ports}port: '80'`],
  [`${subject}${ports}protocol:▏`, "UDP", `${subject}${ports}protocol: UDP`],
  [`${subject}${ports}protocol: T▏CP # web`, "UDP", `${subject}${ports}protocol: UDP # web`],
  [
    `${kubernetes}  ingress:\n    - ports:\n        - port: ▏`,
    "80",
    `${kubernetes}  ingress:\n    - ports:\n        - port: 80`,
  ],
  [
    `${kubernetes}  ingress:\n    - ▏`,
    "ports",
    `${kubernetes}  ingress:\n    - ports:\n        - port: \n          protocol: TCP`,
  ],
  [
    `${subject}  egress:\n    - toFQDNs:\n        - matchPattern: ▏`,
    "*.example.com",
    `${subject}  egress:\n    - toFQDNs:\n        - matchPattern: "*.example.com"`,
  ],
  [
    `${subject}  egress:\n    - toFQDNs: [{ matchName: ▏ }]`,
    "api.example.com",
    `${subject}  egress:\n    - toFQDNs: [{ matchName: api.example.com }]`,
  ],
  [
    `${subject}  ingress:\n    - toPorts: [{ rules: { http: [{ path: ▏ }] } }]`,
    "/v1\\?a",
    `${subject}  ingress:\n    - toPorts: [{ rules: { http: [{ path: '/v1\\?a' }] } }]`,
  ],
  [
    `${subject}  ingress:\n    - toPorts: [{ rules: { http: [{ path: "▏" }] } }]`,
    "/v1\\?a",
    `${subject}  ingress:\n    - toPorts: [{ rules: { http: [{ path: "/v1\\\\?a" }] } }]`,
  ],
  [`${head}  endpointSelector: ▏`, "{}", `${head}  endpointSelector: {}`],
  [
    `${head}  endpointSelector:\n    matchLabels:\n      o▏`,
    "org",
    `${head}  endpointSelector:\n    matchLabels:\n      org: ▏`,
  ],
  [
    `${head}  endpointSelector:\n    matchLabels: { o▏: empire }`,
    "org",
    `${head}  endpointSelector:\n    matchLabels: { org: empire }`,
  ],
  [
    `${subject}  ingress:\n    - fromEntities:\n        - ▏\n      toPorts: []\n`,
    "kube-apiserver",
    `${subject}  ingress:\n    - fromEntities:\n        - kube-apiserver\n      toPorts: []\n`,
  ],
  [
    `${subject}  ingress:\n    - fromEntities: ▏`,
    "[world]",
    `${subject}  ingress:\n    - fromEntities: [world]`,
  ],
];

for (const [text, label, after] of choices) {
  test(`chosen: ${label} at ${JSON.stringify(text.slice(-30))}`, () => {
    assert.equal(chosen(text, label), after);
  });
}

test("each document to begin with is a policy without a mistake", () => {
  const labels = complete("# mine\n▏")?.items.map(({ label }) => label) ?? [];
  assert.deepEqual(labels, policyKinds);
  for (const label of labels) {
    const { policies, problems } = readPolicies(chosen("# mine\n▏", label));
    assert.deepEqual([policies[0]?.kind, problems], [label, []]);
  }
});

test("at no offset of a policy is anything thrown, and what is offered replaces a part of one line", () => {
  const text = choices.map(([each]) => each.replace("▏", "")).join("\n---\n");
  let offered = 0;
  for (let offset = 0; offset <= text.length; offset++) {
    const completions = policyCompletions(text, offset, () => []);
    if (!completions) continue;
    offered += 1;
    const { start, end } = completions.replace;
    assert.ok(start <= offset && offset <= end && !text.slice(start, end).includes("\n"), String(offset));
  }
  assert.ok(offered > 500);
});

test("every field that the fixtures write is offered where they write it", () => {
  const folder = join(projectRoot, "test", "fixtures", "policy");
  const texts: string[] = [];
  for (const file of ["examples.json", "connectivity.json", "fields.json", "knp.json"]) {
    JSON.parse(readFileSync(join(folder, file), "utf8"), (_key, value: unknown) => {
      if (typeof value === "string" && value.includes("kind:")) texts.push(value);
      return value;
    });
  }
  /** Names that no label has. */
  const field =
    /(^ *(?:- +)*|[{,] *)("?)((?:from|to|match)[A-Z]\w+|\w+Selector|[ei]n?gress\w*|ports?|protocol|rules|http|dns)\2:(?=\s)/gm;
  const missing: string[] = [];
  let found = 0;
  for (const text of texts) {
    if (readPolicies(text).problems.some(({ severity }) => severity !== "hint")) continue;
    for (const match of text.matchAll(field)) {
      const [, before = "", quote = "", name = ""] = match;
      const offset = match.index + before.length + quote.length + 1;
      const completions = policyCompletions(text, offset, () => []);
      if (completions?.items.some(({ label }) => label === name)) found += 1;
      else missing.push(`${name} at ${offset} of ${text.slice(0, 200)}`);
    }
  }
  assert.deepEqual(missing, []);
  assert.ok(found > 200, String(found));
});
