import assert from "node:assert/strict";
import test from "node:test";
import { policySchemaGlobs } from "../../src/ui/vscode/policySchemaGlobs.ts";

const kubernetes = { isCilium: false, hasCrdStore: false };
const cilium = { isCilium: true, hasCrdStore: false };
const crds = { isCilium: true, hasCrdStore: true };
const url = "https://example.com/ciliumnetworkpolicy_v2.json";

const rows: readonly (readonly [schemas: unknown, about: typeof kubernetes, globs: readonly string[]])[] = [
  [undefined, kubernetes, []],
  ["kubernetes", kubernetes, []],
  [{}, kubernetes, []],
  [{ kubernetes: "*.yaml" }, kubernetes, ["**/*.yaml"]],
  [{ kubernetes: ["/k8s/*.yaml", "a.yaml", 3] }, kubernetes, ["**/k8s/*.yaml", "**/a.yaml"]],
  [{ kubernetes: "*.yaml" }, cilium, []],
  [{ kubernetes: "*.yaml" }, crds, ["**/*.yaml"]],
  [{ [url]: "policies/*.yaml" }, cilium, ["**/policies/*.yaml"]],
  [{ [url]: "policies/*.yaml" }, kubernetes, []],
  [{ "https://example.com/compose.json": "*.yaml" }, crds, []],
];

for (const [schemas, about, globs] of rows) {
  test(`another extension knows ${JSON.stringify(schemas)} of ${JSON.stringify(about)}`, () => {
    assert.deepEqual(policySchemaGlobs(schemas, about), globs);
  });
}
