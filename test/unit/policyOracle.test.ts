import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import type { Judgement } from "../support/judgePolicyCase.ts";
import { judges } from "../support/oracleCategories.ts";
import { type OracleCase, readOracle } from "../support/policyOracle.ts";
import { runProjectScript } from "../support/runProjectScript.ts";

const fixtures = join(projectRoot, "test", "fixtures", "policy");

for (const file of readOracle(fixtures)) {
  const judge = judges[file.category];
  if (!judge) throw new Error(`Nobody judges ${file.category}`);
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

test("oracle command: all cases of a folder, and what fails", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "oracle-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const wrong = {
    id: "wrong/000",
    flow: {
      source: { labels: ["k8s:a=b"] },
      destination: { labels: ["k8s:a=b"] },
      traffic_direction: "INGRESS",
    },
    expect: { enforced: true, reason: "allow-rule" },
  };
  const file = { category: "unit", groups: [{ id: "wrong", policies: [], cases: [wrong] }] };
  const right = { ...wrong, id: "right/000", expect: { enforced: false, reason: "not-enforced" } };
  const unknown = {
    ...right,
    id: "unknown/000",
    expect: { ...right.expect, hubble: { colour: "red" }, rules: [{ spec: 0, maybe: true }] },
  };
  const corpusCase = { id: "corpus/000", document: 0, expect: { sanitize: {} } };
  const corpus = {
    category: "sanitize-corpus",
    groups: [{ id: "corpus", corpus_file: "x.yaml", cases: [corpusCase] }],
  };
  const write = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
  };

  cpSync(fixtures, join(folder, "whole"), { recursive: true });
  const whole = await runProjectScript("oraclePolicy.ts", ["whole"], folder);
  assert.match(whole.stdout, /^612 passed, 0 failed\n$/);
  assert.equal(whole.status, 0);

  write("wrong.json", file);
  write("corpus.json", corpus);
  assert.deepEqual(await runProjectScript("oraclePolicy.ts", ["."], folder), {
    status: 1,
    stdout:
      "corpus/000: expected needs --corpus: the folder of the documents, got it is not there\n" +
      "wrong/000: expected enforced=true; reason=allow-rule, got enforced=false; reason=not-enforced\n" +
      "0 passed, 2 failed\n",
    stderr: "",
  });

  rmSync(join(folder, "wrong.json"));
  rmSync(join(folder, "corpus.json"));
  write("strange.json", { category: "strange", groups: [{ id: "s", cases: [{ id: "s/000", expect: {} }] }] });
  write("list.json", { files: [] });
  write("none.json", { category: "unit", groups: [{ id: "empty", cases: [] }] });
  write("right.json", { ...file, groups: [{ id: "right", policies: [], cases: [right] }] });
  write("unknown.json", { ...file, groups: [{ id: "unknown", policies: [], cases: [unknown] }] });
  assert.deepEqual(await runProjectScript("oraclePolicy.ts", ["."], folder), {
    status: 1,
    stdout:
      "list.json: expected cases, got no category and groups\n" +
      "empty: expected cases, got none\n" +
      "s/000: expected a category that is judged, got strange\n" +
      "unknown/000: expected fields that are judged, got hubble.colour, rules.maybe\n" +
      "1 passed, 4 failed\n",
    stderr: "",
  });
});

/** Every expectation that is made another one must be missed: else nothing is judged. */
test("oracle judges: no expectation passes whatever it says", () => {
  const missed: string[] = [];
  for (const { category, groups } of readOracle(fixtures)) {
    const judge = judges[category];
    for (const group of groups) {
      const [oracleCase] = group.cases;
      if (!judge || !oracleCase) continue;
      for (const [path, changed] of changedExpectations(oracleCase.expect)) {
        const { expected, got } = answerOf(() =>
          judge(group, { ...oracleCase, expect: changed as OracleCase["expect"] }, undefined),
        );
        const name = `${oracleCase.id} ${path}`;
        if (expected.every((line, index) => line === got[index]) && !isProse.test(name)) missed.push(name);
      }
    }
  }
  assert.deepEqual(missed, []);
});

/**
 * Words for people, of which no more is judged than what they are about; how an engine writes a pattern; what is left
 * out where nothing is counted, or where a rule says nothing about requests.
 */
const isProse =
  / \.(why|needs|regex|rejected_by|crd_schema_errors)\b|error|message$|^counting.*\[-\]$|l3-shadow.*toPorts$/;

function answerOf(judge: () => Judgement): Judgement {
  try {
    return judge();
  } catch (error) {
    return { expected: ["an answer"], got: [String(error)] };
  }
}

/** An expectation with one of its facts turned into another, and where. */
function changedExpectations(value: unknown): readonly (readonly [string, unknown])[] {
  if (typeof value === "boolean") return [["", !value]];
  if (typeof value === "number") return [["", value + 1]];
  if (typeof value === "string") return [["", value === "yes" ? "no" : `${value}X`]];
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value;
    const changes = items.flatMap((item, index) =>
      changedExpectations(item).map(
        ([path, changed]) => [`[${index}]${path}`, items.with(index, changed)] as const,
      ),
    );
    return items.length > 0 ? [...changes, ["[-]", items.slice(1)]] : changes;
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    changedExpectations(item).map(
      ([path, changed]) => [`.${key}${path}`, { ...value, [key]: changed }] as const,
    ),
  );
}
