import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  differenceOf,
  type FilterCase,
  type HubbleOracle,
  judgeFilterCase,
  type PrintedCase,
  printedCases,
  readHubbleOracle,
} from "../test/support/hubbleOracle.ts";
import { projectRoot } from "./projectRoot.ts";

const usage = "usage: npm run -s oracle:hubble -- DIR";

/** The outcome of one case: what makes it fail, if anything. */
interface Outcome {
  readonly id: string;
  readonly failure: string | undefined;
}

/** Every so many of the filter cases is also put to the command line as a whole. */
const commandEvery = 24;

const runsAtOnce = 4;

/** `npm run oracle:hubble`: compares every answer of a folder with ours; a line per failure, then the sum. */
async function main(args: readonly string[]): Promise<number> {
  const [folder, ...more] = args;
  if (folder === undefined || more.length > 0) throw new Error(usage);
  // npm starts scripts in the project's folder, and says where it was started itself.
  const oracle = readHubbleOracle(resolve(process.env["INIT_CWD"] ?? process.cwd(), folder));
  const outcomes: Outcome[] = oracle.filterCases.map((each) => ({
    id: nameOf(each.argv),
    failure: attempt(() => judgeFilterCase(each, oracle.flows)),
  }));
  const printed = printedCases.filter(({ file }) => existsSync(join(oracle.folder, file)));
  const asked = oracle.filterCases.filter(
    ({ matchError }, index) => index % commandEvery === 0 || matchError !== undefined,
  );
  const runs = [
    ...printed.map((each) => () => judgePrinted(each, oracle)),
    ...asked.map((each) => () => judgeByCommand(each, oracle)),
  ];
  outcomes.push(...(await inParallel(runs)));
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  for (const { id, failure } of failed) console.log(`${id}: ${(failure ?? "").replace(/\s+/g, " ")}`);
  console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
  return failed.length > 0 ? 1 : 0;
}

/** Runs a few at a time; the answers are in the order of the runs. */
async function inParallel<T>(runs: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  const answers: T[] = [];
  const waiting = runs.entries();
  const work = async () => {
    for (const [index, run] of waiting) answers[index] = await run();
  };
  await Promise.all(Array.from({ length: runsAtOnce }, work));
  return answers;
}

function attempt(judge: () => string | undefined): string | undefined {
  try {
    return judge();
  } catch (error) {
    return `expected an answer, got ${error instanceof Error ? error.message : String(error)}`;
  }
}

function nameOf(argv: readonly string[]): string {
  return argv.join(" ") || "(no arguments)";
}

async function judgePrinted({ file, args, stderr }: PrintedCase, oracle: HubbleOracle): Promise<Outcome> {
  const run = await observe([...args, "--last", "100000"], oracle);
  const expected = (name: string) => readFileSync(join(oracle.folder, name), "utf8");
  const failure =
    firstDifference(expected(file), run.stdout) ??
    (stderr !== undefined && existsSync(join(oracle.folder, stderr))
      ? firstDifference(expected(stderr), run.stderr)
      : undefined) ??
    (run.status === 0 ? undefined : `expected the exit status 0, got ${run.status}: ${run.stderr}`);
  return { id: file, failure };
}

/** The first line in which two texts differ. */
function firstDifference(expected: string, got: string): string | undefined {
  if (expected === got) return undefined;
  const [lines, other] = [expected.split("\n"), got.split("\n")];
  const at = lines.findIndex((line, index) => line !== other[index]);
  const index = at === -1 ? lines.length : at;
  return `line ${index + 1}: expected ${JSON.stringify(lines[index])}, got ${JSON.stringify(other[index])}`;
}

async function judgeByCommand(
  { argv, error, matches, matchError }: FilterCase,
  oracle: HubbleOracle,
): Promise<Outcome> {
  const id = `${nameOf(argv)} (as a command)`;
  const run = await observe([...argv, "--last", "1000000", "-o", "jsonpb"], oracle);
  if (error !== undefined || matchError !== undefined) {
    const refused = run.status === 1 && run.stdout === "" && /^.+\n$/.test(run.stderr);
    const failure = `expected the exit status 1 and a line, got ${run.status}: ${run.stderr}`;
    return { id, failure: refused ? undefined : failure };
  }
  const uuids = run.stdout.split("\n").flatMap((line) => {
    const uuid = line === "" ? undefined : (JSON.parse(line) as { flow?: { uuid?: string } }).flow?.uuid;
    return uuid === undefined ? [] : [uuid];
  });
  return { id, failure: matches && differenceOf(matches, uuids) };
}

interface Run {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `observe` over the flows of the folder, as the bundle has it where that is as new as its source. */
function observe(args: readonly string[], { folder }: HubbleOracle): Promise<Run> {
  const input = ["--input-file", join(folder, "flows.jsonl")];
  return new Promise((done) => {
    execFile(
      process.execPath,
      [commandLine, "observe", ...args, ...input],
      { env: { ...process.env, TZ: "UTC", NODE_NO_WARNINGS: "1" }, maxBuffer: 1 << 28 },
      (error, stdout, stderr) => {
        done({ status: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
}

const commandLine = newestCommandLine();

function newestCommandLine(): string {
  const bundle = join(projectRoot, "dist/cli.js");
  const source = join(projectRoot, "src/cli/main.ts");
  if (!existsSync(bundle)) return source;
  const builtMs = statSync(bundle).mtimeMs;
  const files = globSync("src/{base,flows,policy,protocol,hubble,cluster,demo,engine,cli}/**/*.ts", {
    cwd: projectRoot,
  });
  return files.some((file) => statSync(join(projectRoot, file)).mtimeMs > builtMs) ? source : bundle;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
