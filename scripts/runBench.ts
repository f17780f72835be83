import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { measureEvaluation } from "../test/bench/evaluatePolicies.ts";
import { measureReading } from "../test/bench/readLongTexts.ts";
import { ensureCodeServer } from "./ensureCodeServer.ts";
import { findChromium } from "./findChromium.ts";
import { projectRoot } from "./projectRoot.ts";
import { runCommand } from "./runCommand.ts";
import { runVscodeSuite } from "./runVscodeSuite.ts";

const parts = ["policies", "main-thread", "host"] as const;

/** The indexed evaluation may take this share of what asking one rule after another takes. */
const maxEvaluateVsNaive = 0.05;

/**
 * `npm run bench`: what deciding by policies and reading them costs, and what a busy cluster costs the thread that people type on, by
 * the engine alone and in a real VS Code. `-- --json FILE` writes the figures; names of parts after it: only those.
 */
export async function runBench(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "string" } },
  });
  const unknown = positionals.find((name) => !parts.some((part) => part === name));
  if (unknown !== undefined) throw new Error(`no such part: ${unknown}; there are ${parts.join(", ")}`);
  const wanted = (part: (typeof parts)[number]) => positionals.length === 0 || positionals.includes(part);
  if (wanted("policies")) await benchPolicies(values.json);
  if (wanted("main-thread") || wanted("host")) {
    await runCommand(process.execPath, ["esbuild.mjs", "--production"]);
  }
  if (wanted("main-thread")) await runCommand(process.execPath, ["test/bench/mainThreadLoad.ts"]);
  if (wanted("host")) await benchHost();
}

async function benchPolicies(jsonFile: string | undefined): Promise<void> {
  const times = measureEvaluation();
  console.log(
    "Deciding distinct connections by policies; one rule after another is measured on a sample and scaled:",
  );
  console.table(
    times.map(({ layout, rules, keys, prepareMs, indexedMs, naiveMs, ratio }) => ({
      "rules are": layout,
      rules,
      connections: keys,
      "prepare (ms)": Math.round(prepareMs),
      "by index (ms)": Math.round(indexedMs),
      "one by one (ms)": Math.round(naiveMs),
      "index / one by one": ratio.toFixed(4),
    })),
  );
  const readings = measureReading();
  console.log("Reading long texts; and again, when the last of the documents has changed:");
  console.table(
    readings.map(({ layout, megabytes, rules, readMs, longestStepMs, againMs }) => ({
      "text is": layout,
      MB: megabytes.toFixed(1),
      rules,
      "read (ms)": Math.round(readMs),
      "longest step (ms)": Math.round(longestStepMs),
      "again (ms)": Math.round(againMs),
    })),
  );
  const worst = Math.max(...times.map(({ ratio }) => ratio));
  if (worst > maxEvaluateVsNaive) {
    console.error(`evaluate_vs_naive is ${worst.toFixed(4)}, more than ${maxEvaluateVsNaive}`);
    process.exitCode = 1;
  }
  if (jsonFile === undefined) return;
  // npm starts scripts in the project's folder, and says where it was started itself.
  const path = resolve(process.env["INIT_CWD"] ?? process.cwd(), jsonFile);
  await writeFile(
    path,
    `${JSON.stringify({ evaluate_vs_naive: worst, evaluate: times, read: readings }, undefined, 2)}\n`,
  );
}

async function benchHost(): Promise<void> {
  const report = join(projectRoot, ".build", "reports", "bench.json");
  await mkdir(dirname(report), { recursive: true });
  const { failed } = await runVscodeSuite({
    chromium: await findChromium(),
    codeServer: await ensureCodeServer(),
    files: ["test/bench/hostLoad.ts"],
    report,
  });
  if (failed > 0) process.exitCode = 1;
}

if (import.meta.main) await runBench(process.argv.slice(2));
