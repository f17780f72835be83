import assert from "node:assert/strict";
import { test } from "node:test";
import {
  judgeConnection,
  judgeCounting,
  judgeNames,
  judgeRequest,
  type Judgement,
} from "../support/judgePolicyCase.ts";
import { type OracleCase, type OracleGroup, readOracle } from "../support/policyOracle.ts";

type Judge = (group: OracleGroup, oracleCase: OracleCase) => Judgement;

/** How each category is judged; a text says why it is not. */
const judges: Readonly<Record<string, Judge | string>> = {
  connectivity: judgeConnection,
  "context-services": judgeConnection,
  counting: judgeCounting,
  examples: judgeConnection,
  fields: judgeConnection,
  "fqdn-match": judgeNames,
  knp: judgeConnection,
  "l7-dns": judgeRequest,
  "l7-http": judgeRequest,
  undecidable: judgeConnection,
  unit: judgeConnection,
  validity: "what API server and agent refuse is not judged as they judge it yet",
};

for (const file of readOracle(new URL("../fixtures/policy", import.meta.url).pathname)) {
  const judge = judges[file.category];
  if (judge === undefined) throw new Error(`Nobody judges ${file.category}`);
  if (typeof judge === "string") {
    test(`cilium answers: ${file.category}`, { skip: judge });
    continue;
  }
  for (const group of file.groups) {
    test(`cilium answers: ${group.id}`, () => {
      for (const oracleCase of group.cases) {
        const { expected, got } = judge(group, oracleCase);
        assert.ok(expected.length > 0, `${oracleCase.id} expects nothing`);
        assert.deepEqual(got, expected, oracleCase.id);
      }
    });
  }
}
