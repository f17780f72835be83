import assert from "node:assert/strict";
import { test } from "node:test";
import { judges } from "../support/oracleCategories.ts";
import { readOracle } from "../support/policyOracle.ts";

for (const file of readOracle(new URL("../fixtures/policy", import.meta.url).pathname)) {
  const judge = judges[file.category];
  if (!judge) {
    test(`cilium answers: ${file.category}`, { skip: "is not judged yet" });
    continue;
  }
  for (const group of file.groups) {
    test(`cilium answers: ${group.id}`, () => {
      for (const oracleCase of group.cases) {
        const { expected, got } = judge(group, oracleCase, undefined);
        assert.ok(expected.length > 0, `${oracleCase.id} expects nothing`);
        assert.deepEqual(got, expected, oracleCase.id);
      }
    });
  }
}
