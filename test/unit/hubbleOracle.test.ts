import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { judgeFilterCase, readHubbleOracle } from "../support/hubbleOracle.ts";
import { runProjectScript } from "../support/runProjectScript.ts";

const fixture = join(projectRoot, "test", "fixtures", "hubble-cli");
/** Where more answers may lie: beside the project. */
const beside = join(projectRoot, "..", "shared", "oracle", "hubble-cli");

for (const folder of [fixture, beside].filter((each) => existsSync(each))) {
  describe(`what the hubble command line answers (${folder === fixture ? "fixture" : "beside the project"})`, () => {
    const { filterCases, flows } = readHubbleOracle(folder);
    for (const each of filterCases) {
      test(each.argv.join(" ") || "no arguments", () => {
        assert.equal(judgeFilterCase(each, flows), undefined);
      });
    }
  });
}

test("oracle command: all cases of a folder, and what fails", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "oracle-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  cpSync(fixture, join(folder, "whole"), { recursive: true });
  const whole = await runProjectScript("oracleHubble.ts", ["whole"], folder);
  assert.match(whole.stdout, /^\d{3,} passed, 0 failed\n$/);
  assert.deepEqual([whole.status, whole.stderr], [0, ""]);

  const wrong = [
    { argv: [], filters: { allowlist: [], denylist: [] }, matches: ["nobody"] },
    { argv: ["--verdict", "DROPPED"], filters: { allowlist: [{}], denylist: [] } },
    { argv: ["--verdict", "DROPPED"], error: "unknown verdict" },
    { argv: ["--verdict", "NONE"], filters: { allowlist: [], denylist: [] } },
    { argv: ["--ip", "1.1.1.1"], filters: { allowlist: [], denylist: [] } },
    { argv: ["--to-port", "53"], matchError: "no such port" },
  ];
  cpSync(join(fixture, "flows.jsonl"), join(folder, "wrong", "flows.jsonl"), { recursive: true });
  writeFileSync(join(folder, "wrong", "filters.json"), JSON.stringify(wrong));
  writeFileSync(join(folder, "wrong", "dict.txt"), "  TIMESTAMP: never\n");
  const failing = await runProjectScript("oracleHubble.ts", ["wrong"], folder);
  const lines = failing.stdout.trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => line.replace(/: .*/, "")),
    [
      "(no arguments)",
      "--verdict DROPPED",
      "--verdict DROPPED",
      "--verdict NONE",
      "--ip 1.1.1.1",
      "--to-port 53",
      "dict.txt",
      "(no arguments) (as a command)",
      "--to-port 53 (as a command)",
      "0 passed, 9 failed",
    ],
  );
  assert.equal(failing.status, 1);

  const nothing = await runProjectScript("oracleHubble.ts", ["nowhere"], folder);
  assert.equal(nothing.status, 1);
  assert.match(nothing.stderr, /nowhere/);
});
