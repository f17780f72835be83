import assert from "node:assert/strict";
import { test } from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { PolicyEnforcer } from "../../src/demo/policyEnforcer.ts";
import { shopPolicies } from "../../src/demo/shopPolicies.ts";
import { splitDocuments } from "../../src/demo/splitDocuments.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";

function policy(name: string, ingress = "- fromEndpoints: [{}]"): string {
  return `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: { name: ${name}, namespace: default }
spec:
  endpointSelector: {}
  ingress:
    ${ingress}
`;
}

function enforcerWith(...texts: readonly string[]): PolicyEnforcer {
  const enforcer = new PolicyEnforcer(silentLogger);
  for (const text of texts) assert.ok("policies" in enforcer.apply(text));
  return enforcer;
}

test("the shop's own policies are one sound policy each", () => {
  for (const text of shopPolicies) {
    const { policies, problems } = readPolicies(text);
    const errors = problems.filter(({ severity }) => severity === "error");
    assert.deepEqual([policies.length, errors], [1, []], text);
  }
});

test("documents are split where a line starts with three dashes", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["", []],
    ["a: 1\n", ["a: 1\n"]],
    ["---\na: 1\n---\nb: 2", ["a: 1\n", "b: 2"]],
    ["a: 1\n--- # next\nb: 2\n", ["a: 1\n", "b: 2\n"]],
    ["a: |\n  ---\nb: ----\n", ["a: |\n  ---\nb: ----\n"]],
    ["a: 1\r\n---\r\nb: 2\r\n", ["a: 1\r\n", "b: 2\r\n"]],
  ];
  for (const [text, documents] of cases)
    assert.deepEqual(splitDocuments(text), documents, JSON.stringify(text));
});

test("a text with several documents puts each in force, in the place of its namesake", () => {
  const changed = policy("one", "- {}");
  const enforcer = enforcerWith(policy("one"), policy("two"));
  assert.deepEqual(enforcer.apply(`${changed}---\n${policy("three")}`), {
    policies: ["default/one", "default/three"],
  });
  assert.deepEqual(enforcer.texts, [policy("two"), changed, policy("three")]);
});

test("removing names what was in force, and refuses what was not", () => {
  const enforcer = enforcerWith(policy("one"), policy("two"));
  assert.deepEqual(enforcer.remove(`${policy("one")}---\n${policy("other")}`), { policies: ["default/one"] });
  assert.deepEqual(enforcer.texts, [policy("two")]);
  assert.deepEqual(enforcer.remove(policy("one")), { refused: "not in force: default/one" });
});

test("what is no sound policy is refused with its place and changes nothing", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["", /holds no policy/],
    ["# nothing\n", /holds no policy/],
    ["kind: Pod\nmetadata: { name: x }\n", /holds no policy/],
    // The entry that is not closed, not where the reader noticed.
    [policy("open").replace(" }", ""), /^line 3: /],
    [`${policy("fine")}---\n${policy("bad", "- fromEndpoints: 7")}`, /^line 15: /],
    // Agents of the version that the demo has refuse it.
    [policy("old", "- fromRequires: [{}]"), /^line 7: Agents from 1\.19 on refuse/],
  ];
  for (const [text, expected] of cases) {
    const enforcer = enforcerWith(policy("one"));
    const change = enforcer.apply(text);
    assert.match("refused" in change ? change.refused : "accepted", expected, text);
    assert.deepEqual(enforcer.texts, [policy("one")]);
  }
});
