import assert from "node:assert/strict";
import { test } from "node:test";
import { runSteps } from "../../src/base/steps.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import type { Peer } from "../../src/policy/policy.ts";
import { createPolicySet } from "../../src/policy/policySet.ts";
import { type ReadPolicies, readPolicies, readPolicySteps } from "../../src/policy/readPolicies.ts";
import { Tally } from "../../src/policy/tally.ts";
import { fuzzedText } from "../support/policyFuzzer.ts";
import { readSeeds } from "../support/policySeeds.ts";

/** A policy with something in the making between its first rule and its last. */
const policyWith = (typed: string): string => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata:
  name: one
spec:
  endpointSelector: {}
  ingress:
    - fromEndpoints:
        - matchLabels:
            app: a
      toPorts:
        - ports:
            - port: "80"
${typed}
    - fromEndpoints:
        - matchLabels:
            app: c
  egress:
    - toEntities:
        - world
`;

const namesOf = (peers: "any" | readonly Peer[]): string => {
  if (peers === "any") return "any";
  const names = peers.map((peer) => {
    if (peer.type === "entity") return peer.entity;
    if (peer.type !== "endpoints") return "?";
    return peer.selector.requirements.flatMap(({ values }) => values).join("&");
  });
  return names.join("+") || "none";
};

const rulesOf = ({ policies }: ReadPolicies): string =>
  policies
    .flatMap(({ specs }) => specs.flatMap(({ sections }) => sections))
    .map(({ name, rules }) => `${name} ${rules.map(({ peers }) => namesOf(peers)).join(" ")}`)
    .join("; ");

const begun = "    - fromEndpoints:\n        - matchLabels:\n            app: b";

const states: readonly (readonly [title: string, typed: string, rules: string, said: string])[] = [
  ["nothing yet", "", "ingress a c; egress world", ""],
  ["a whole rule", begun, "ingress a b c; egress world", ""],
  ["a dash", "    -", "ingress a none c; egress world", "wrong-type"],
  ["half a key in a rule", `${begun}\n      toPo`, "ingress a b c; egress world", "yaml-syntax “toPo”"],
  ["half a rule", "    - fromE", "ingress a ? c; egress world", "wrong-type"],
  ["half a label", begun.replace("app: b", "ap"), "ingress a ? c; egress world", "wrong-type"],
  ["a quote left open", begun.replace("app: b", 'app: "b'), "ingress a b c; egress world", "yaml-syntax “b”"],
  [
    "another one, and more behind",
    `${begun.replace("app: b", "app: 'b")}\n      toPorts: []`,
    "ingress a b c; egress world",
    "yaml-syntax “b”",
  ],
  ["a bracket left open", "    - fromEntities: [host,", "ingress a host c; egress world", "yaml-syntax “,”"],
  [
    "a brace left open",
    "    - fromEndpoints: [{ matchLabels: { app: b }",
    "ingress a b c; egress world",
    "yaml-syntax “}”",
  ],
  [
    "a key too far in",
    `${begun}\n        toPorts: []`,
    "ingress a b c; egress world",
    "yaml-syntax “toPorts: []”",
  ],
  [
    "a key too far out",
    `${begun}\n     toPorts: []`,
    "ingress a b c; egress world",
    "yaml-syntax “toPorts: []”",
  ],
  [
    "a rule too far out",
    begun.replace("    -", "  -"),
    "ingress a; egress world",
    "yaml-syntax “- fromEndpoints:”",
  ],
  ["a tab", "    - fromEntities:\n\t- host", "ingress a none c; egress world", "yaml-syntax “\t”"],
  ["two colons", begun.replace("app: b", "app: b: c"), "ingress a ? c; egress world", "yaml-syntax “b”"],
  ["a section", "  egressD", "ingress a; egress world", "yaml-syntax “egressD”"],
  [
    "no name behind an anchor's star",
    begun.replace("app: b", "app: *"),
    "ingress a ? c; egress world",
    "yaml-syntax “*”",
  ],
];

for (const [title, typed, rules, said] of states) {
  test(`being typed: ${title}`, () => {
    const text = policyWith(typed);
    const read = readPolicies(text);
    const [first] = read.problems.filter(({ severity }) => severity === "error");
    const at = first && text.slice(first.range.start, first.range.end);
    const shown = first?.code === "yaml-syntax" ? `${first.code} “${at ?? ""}”` : (first?.code ?? "");
    assert.deepEqual([rulesOf(read), shown], [rules, said]);
    // What is broken may only not have been read: nothing is refused for it.
    const broken = first?.code === "yaml-syntax";
    if (broken)
      assert.deepEqual(
        read.policies.map(({ refused }) => refused),
        [undefined],
      );
  });
}

test("a document being typed costs the others nothing", () => {
  const whole = policyWith(begun);
  for (const [title, typed] of states) {
    const { policies } = readPolicies(`${whole}---\n${policyWith(typed)}---\n${whole}`);
    const expected = rulesOf(readPolicies(whole));
    const [first, last] = [policies[0], policies.at(-1)].map((policy) =>
      rulesOf({ policies: policy ? [policy] : [], cidrGroups: [], problems: [] }),
    );
    assert.deepEqual([first, last], [expected, expected], title);
  }
});

/** All that was read, patterns by their sources. */
const told = ({ policies, cidrGroups, problems }: ReadPolicies): string =>
  JSON.stringify({
    policies,
    problems,
    cidrGroups: cidrGroups.map(({ name, blocks }) => ({ name, blocks })),
  });

test("documents that did not change are taken from the text before, wherever they stand now", () => {
  const seeds = readSeeds();
  let taken = 0;
  for (let index = 0; index < 300; index++) {
    const documents = [0, 1, 2, 3].map((part) => fuzzedText(seeds, 6, 4 * index + part));
    const before = documents.join("\n---\n");
    const earlier = readPolicies(before);
    documents[index % 4] = fuzzedText(seeds, 7, index);
    const after = documents.slice(index % 2).join("\n---\n");
    const read = readPolicies(after, { earlier });
    assert.equal(told(read), told(readPolicies(after)), after);
    if (read.policies.some((policy) => earlier.policies.includes(policy))) taken += 1;
  }
  assert.ok(taken > 40, `${taken} of 300 had anything that did not even move`);
});

test("a long text is read in short steps, and a document of it that did not change in none", () => {
  const rule = `${begun}\n`;
  const long = policyWith(rule.repeat(2000));
  const steps = readPolicySteps(long);
  let count = 0;
  while (steps.next().done !== true) count += 1;
  assert.ok(count > 8000, `${count} steps`);
  const again = readPolicySteps(`# moved\n---\n${long}---\n${policyWith("")}`, {
    earlier: readPolicies(`---\n${long}`),
  });
  count = 0;
  while (again.next().done !== true) count += 1;
  assert.ok(count < 100, `${count} steps`);
});

test("every line may be wrong, and every entry counted, in a text of megabytes", () => {
  const many = 130_000;
  const wrong = `${policyWith("")}    - fromEntities:\n${"      - 1\n".repeat(many / 2)}`.replace(
    /\n {2}egress[^]*world\n/,
    "\n",
  );
  assert.equal(readPolicies(wrong).problems.length, many);
  const http = "              - {}\n".repeat(many);
  const entries = policyWith(`              protocol: TCP\n          rules:\n            http:\n${http}`);
  const { policies, problems } = readPolicies(entries);
  assert.deepEqual(problems, []);
  const store = new FlowStore({ maxFlows: 1, maxBytes: 1000 });
  const tally = new Tally(createPolicySet(policies, {}), policies, store);
  assert.ok(tally.entries().length > many);
});

test("whoever stops reading leaves nothing behind", () => {
  const steps = readPolicySteps(policyWith(begun));
  steps.next();
  steps.return(undefined as never);
  assert.equal(rulesOf(runSteps(readPolicySteps(policyWith(begun)))), "ingress a b c; egress world");
});
