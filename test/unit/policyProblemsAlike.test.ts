import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { LineIndex } from "../../src/base/textRange.ts";
import { Engine } from "../../src/engine/engine.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { shortTimings } from "../support/engineProbe.ts";

const folder = mkdtempSync(join(tmpdir(), "hubble-lens-alike-"));
after(() => {
  rmSync(folder, { recursive: true });
});

/** Every policy in the fixtures, as files. */
function fixtureFiles(): readonly string[] {
  const fixtures = join(projectRoot, "test", "fixtures");
  const texts = globSync("tutorial/*.yaml", { cwd: fixtures }).map((path) =>
    readFileSync(join(fixtures, path), "utf8"),
  );
  for (const path of globSync("policy/*.json", { cwd: fixtures })) {
    JSON.parse(readFileSync(join(fixtures, path), "utf8"), (_key, value: unknown) => {
      if (typeof value === "string" && value.includes("kind:")) texts.push(value);
      return value;
    });
  }
  return [...new Set(texts)].map((text, index) => {
    const file = join(folder, `${index}.yaml`);
    writeFileSync(file, text);
    return file;
  });
}

test("an editor is told the problems that the command line prints, file by file", async (t) => {
  const engine = new Engine({ logger: silentLogger, timings: shortTimings });
  t.after(() => {
    engine.dispose();
  });
  const files = fixtureFiles();
  const told: string[] = [];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    await engine.handle("setDocument", { uri: file, version: 1, text });
    const lines = new LineIndex(text);
    const answer = await engine.handle("policyProblems", { uri: file, after: 0 });
    for (const { severity, code, message, range } of answer?.problems ?? []) {
      told.push(JSON.stringify({ file, ...lines.at(range.start), severity, code, message }));
    }
    await engine.handle("closeDocument", { uri: file });
  }
  const main = join(projectRoot, "src", "cli", "main.ts");
  const printed = spawnSync(process.execPath, [main, "check", "-o", "json", ...files], {
    encoding: "utf8",
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  assert.equal(printed.stderr, "");
  assert.ok(files.length > 100 && told.length > 100, `${files.length} files, ${told.length} problems`);
  assert.deepEqual(told, printed.stdout.trimEnd().split("\n"));
});
