import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { judges } from "../support/oracleCategories.ts";
import { readOracle } from "../support/policyOracle.ts";

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

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command as npm does, from another folder. */
function runOracle(args: readonly string[], from: string): Promise<Run> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(projectRoot, "scripts", "oraclePolicy.ts"), ...args],
      { cwd: projectRoot, env: { ...process.env, INIT_CWD: from } },
      (error, stdout, stderr) => {
        resolve({ status: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
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
  const corpusCase = { id: "corpus/000", document: 0, expect: { sanitize: {} } };
  const corpus = {
    category: "sanitize-corpus",
    groups: [{ id: "corpus", corpus_file: "x.yaml", cases: [corpusCase] }],
  };
  const write = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
  };

  cpSync(fixtures, join(folder, "whole"), { recursive: true });
  const whole = await runOracle(["whole"], folder);
  assert.match(whole.stdout, /^612 passed, 0 failed\n$/);
  assert.equal(whole.status, 0);

  write("wrong.json", file);
  write("corpus.json", corpus);
  assert.deepEqual(await runOracle(["."], folder), {
    status: 1,
    stdout:
      "corpus/000: expected needs --corpus: the folder of the documents, got it is not there\n" +
      "wrong/000: expected enforced=true; reason=allow-rule, got enforced=false; reason=not-enforced\n" +
      "0 passed, 2 failed\n",
    stderr: "",
  });

  write("strange.json", { category: "strange", groups: [] });
  const strange = await runOracle(["."], folder);
  assert.deepEqual([strange.status, strange.stdout], [1, ""]);
  assert.match(strange.stderr, /strange\.json: nobody judges the category strange\n$/);
});
