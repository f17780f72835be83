import { mkdir, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureCodeServer } from "./ensureCodeServer.ts";
import { findChromium } from "./findChromium.ts";
import { packageExtension } from "./packageExtension.ts";
import { CommandError, runCommand } from "./runCommand.ts";
import { checks, runCheck } from "./runChecks.ts";
import { runVscodeSuite } from "./runVscodeSuite.ts";
import { reportPath, testFiles, testSuites, type SuiteResult, type TestSuite } from "./testSuites.ts";

/** A test that has not ended by then hangs. A UI scenario with its install takes about half a minute. */
const testTimeoutMs = { unit: 60_000, relay: 60_000, vscode: 60_000, ui: 300_000 };

interface Line extends SuiteResult {
  readonly name: string;
  readonly seconds: number;
}

/**
 * `npm test`: the checks and every suite in turn, or the suites named; goes on after a failure, so that one run tells all.
 * @param names suites, or "checks"; none: all
 * @param only parts of file names; none: all files of the suites
 * @returns the number of failed tests
 */
export async function runTests(names: readonly string[], only: readonly string[]): Promise<number> {
  const wanted = (name: string) => names.length === 0 || names.includes(name);
  const lines: Line[] = [];
  if (wanted("checks")) {
    for (const check of checks) {
      printHeading(`Check: ${check.heading}`);
      lines.push(await timed(check.name, async () => asResult(await runCheck(check))));
    }
  }
  const suites = testSuites.filter((suite) => wanted(suite.name));
  const places = suites.some(({ name }) => name === "vscode" || name === "ui")
    ? await prepareWorkbench()
    : undefined;
  for (const suite of suites) {
    printHeading(suite.heading);
    const files = testFiles(suite).filter((file) => only.every((part) => file.includes(part)));
    lines.push(await timed(suite.name, () => runSuite(suite, files, places)));
  }
  return printSum(lines);
}

/** What the two suites with a workbench need: made once for both. */
interface WorkbenchPlaces {
  readonly chromium: string;
  readonly codeServer: string;
  readonly vsix: string;
}

async function prepareWorkbench(): Promise<WorkbenchPlaces> {
  printHeading("Preparing VS Code, the browser and the package");
  return {
    chromium: await findChromium(),
    codeServer: await ensureCodeServer(),
    vsix: await packageExtension(),
  };
}

async function runSuite(
  suite: TestSuite,
  files: readonly string[],
  places: WorkbenchPlaces | undefined,
): Promise<SuiteResult> {
  const report = reportPath(suite.name);
  await mkdir(dirname(report), { recursive: true });
  await rm(report, { force: true });
  if (files.length === 0) {
    console.log("no test file");
    return { passed: 0, failed: 1, skipped: 0 };
  }
  if (suite.name === "vscode" && places !== undefined) {
    return await runVscodeSuite({ ...places, files, report });
  }
  const environment =
    places === undefined
      ? {}
      : {
          HUBBLE_LENS_CHROMIUM: places.chromium,
          HUBBLE_LENS_CODE_SERVER: places.codeServer,
          HUBBLE_LENS_VSIX: places.vsix,
        };
  try {
    await runCommand(
      process.execPath,
      [
        "--test",
        `--test-timeout=${testTimeoutMs[suite.name]}`,
        // Each UI file has a whole workbench to itself: two of them at a time would only slow each other down.
        ...(suite.name === "ui" ? ["--test-concurrency=1"] : []),
        ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
        ...[
          `--test-reporter=${join(import.meta.dirname, "countTests.ts")}`,
          `--test-reporter-destination=${report}`,
        ],
        ...files,
      ],
      { environment },
    );
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    // Failed tests are in the report; a runner that broke off left none, or one without failures.
    const result = await readReport(report);
    return result.failed > 0 ? result : { ...result, failed: 1 };
  }
  return await readReport(report);
}

async function readReport(path: string): Promise<SuiteResult> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as SuiteResult;
  } catch (error) {
    console.error(`no report of the run: ${error instanceof Error ? error.message : String(error)}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

async function timed(name: string, run: () => Promise<SuiteResult>): Promise<Line> {
  const startedMs = Date.now();
  let result: SuiteResult;
  try {
    result = await run();
  } catch (error) {
    console.error(error);
    result = { passed: 0, failed: 1, skipped: 0 };
  }
  return { name, ...result, seconds: Math.round((Date.now() - startedMs) / 1000) };
}

function asResult(passed: boolean): SuiteResult {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1, skipped: 0 };
}

function printHeading(text: string): void {
  console.log(`\n${"═".repeat(100)}\n${text}\n${"═".repeat(100)}`);
}

function printSum(lines: readonly Line[]): number {
  printHeading("Sum");
  for (const { name, passed, failed, skipped, seconds } of lines) {
    const numbers = `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
    console.log(`${failed > 0 ? "✗" : "✓"} ${name.padEnd(8)} ${numbers} (${seconds} s)`);
  }
  const sum = (key: "passed" | "failed") => lines.reduce((total, line) => total + line[key], 0);
  console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
  return sum("failed");
}

if (import.meta.main) {
  const known = new Set(["checks", ...testSuites.map(({ name }) => name as string)]);
  const args = process.argv.slice(2);
  const failed = await runTests(
    args.filter((arg) => known.has(arg)),
    args.filter((arg) => !known.has(arg)),
  );
  process.exitCode = failed > 0 ? 1 : 0;
}
