import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { problemPage } from "../../src/policy/language/problemPages.ts";
import { projectRoot } from "../../scripts/projectRoot.ts";

const sources = globSync("src/policy/*.ts", { cwd: projectRoot }).map((path) =>
  readFileSync(join(projectRoot, path), "utf8"),
);
const codes = new Set(
  sources.flatMap((text) =>
    [...text.matchAll(/\bcode(?::| =) "([a-z0-9-]+)"/gi)].map(([, code]) => code ?? ""),
  ),
);
/** What is wrong with any YAML, or with any field. */
const general = [
  "duplicate-key",
  "invalid-authentication",
  "invalid-name",
  "missing-value",
  "too-many-aliases",
  "yaml-syntax",
  "unknown-field",
  "wrong-type",
  "invalid-value",
];

test("every code has its page in Cilium's documentation, all but those about anything the general one", () => {
  const rules = problemPage("unknown-field");
  assert.ok(codes.size > 50);
  const without = [...codes].filter((code) => problemPage(code) === rules && !general.includes(code));
  assert.deepEqual(without.sort(), ["combined-peers", "empty-list", "no-rules"]);
  for (const code of codes) {
    assert.match(problemPage(code), /^https:\/\/docs\.cilium\.io\/en\/stable\/[a-z0-9/]+\/(#[a-z0-9-]+)?$/);
  }
});
