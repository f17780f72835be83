import assert from "node:assert/strict";
import { test } from "node:test";
import { runSteps } from "../../src/base/steps.ts";
import { parseQuickly } from "../../src/policy/quickYaml.ts";
import { readPolicies } from "../../src/policy/readPolicies.ts";
import { parseWholly } from "../../src/policy/wholeYaml.ts";
import type { YamlNode } from "../../src/policy/yamlNode.ts";
import { fuzzedText } from "../support/policyFuzzer.ts";
import { readSeeds } from "../support/policySeeds.ts";

const seeds = readSeeds();

/** What a node says and where, nothing written as nothing alike. */
function shape(node: YamlNode | null): unknown {
  if (node === null || (node.kind === "scalar" && node.plain && node.text === "")) return null;
  const place = [node.start, node.end];
  switch (node.kind) {
    case "scalar":
      return [...place, node.plain ? "plain" : "quoted", node.text];
    case "list":
      return [...place, node.items.map(shape)];
    case "map":
      return [...place, node.pairs.map(({ key, value }) => [shape(key), shape(value)])];
    case "alias":
      return [...place, "alias", node.target?.start];
  }
}

/** Compares what a text is quickly with what it is by the whole of YAML; false when it is not plain enough. */
function compare(text: string): boolean {
  const quick = runSteps(parseQuickly(text));
  if (quick === undefined) return false;
  const [document, ...others] = runSteps(parseWholly(text));
  // Of a broken one each reads what it can, but neither takes it for whole.
  const isBroken = quick.mistakes.length > 0;
  assert.equal(isBroken, (document?.mistakes.length ?? 0) > 0 || others.length > 0, text);
  if (isBroken) return true;
  assert.equal(quick.hasAliases, document?.hasAliases ?? false, text);
  assert.deepEqual(shape(quick.contents), shape(document?.contents ?? null), text);
  return true;
}

test("a plain document is read quickly as it is read at length", () => {
  let plain = 0;
  for (const seed of seeds) if (compare(seed)) plain += 1;
  assert.ok(plain > seeds.length / 2, `${plain} of ${seeds.length} are plain`);
});

test("a mutated document is read quickly as it is read at length, or not at all", () => {
  for (let index = 0; index < 3000; index++) compare(fuzzedText(seeds, 5, index));
});

for (const text of ["---", "a: b\n...", "%YAML 1.2\n", "--- a"]) {
  test(`what marks a document is left to the whole of YAML: ${JSON.stringify(text)}`, () => {
    assert.equal(runSteps(parseQuickly(text)), undefined);
  });
}

test("10,000 rules in one document are read soon", () => {
  const rule = (index: number): string =>
    `  - fromEndpoints:\n    - matchLabels:\n        app: client-${index}\n    toPorts:\n    - ports:\n      - port: "${index + 1}"\n        protocol: TCP\n`;
  const head =
    "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata:\n  name: p\nspec:\n  endpointSelector: {}\n  ingress:\n";
  const text = head + Array.from({ length: 10_000 }, (_, index) => rule(index)).join("");
  assert.notEqual(runSteps(parseQuickly(text)), undefined);
  const start = performance.now();
  const { policies, problems } = readPolicies(text);
  const tookMs = performance.now() - start;
  assert.deepEqual([policies[0]?.specs[0]?.sections[0]?.rules.length, problems], [10_000, []]);
  // A tenth of it on an idle machine; what grows with the square of the rules takes minutes.
  assert.ok(tookMs < 10_000, `took ${Math.round(tookMs)} ms`);
});
