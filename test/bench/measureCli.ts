import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import type { BenchFigure, BenchKeyName, PartResult } from "./benchKeys.ts";
import { median, medianRatio } from "./median.ts";

const run = promisify(execFile);

export interface CliOptions {
  /** The program and its first arguments: our command line. */
  readonly ours: readonly string[];
  /** The real `hubble` CLI, or what stands in for it. */
  readonly hubble: string;
  /** The address of a relay whose held flows are asked for. */
  readonly relay: string;
  readonly flows: number;
  readonly rounds: number;
  /** Where outputs are written; it is deleted first, and afterwards. */
  readonly folder: string;
  readonly onProgress: (text: string) => void;
}

interface Comparison {
  readonly key: BenchKeyName;
  readonly args: readonly string[];
  /** Must the outputs have the same bytes, or say the same as JSON, line by line? */
  readonly same: "bytes" | "json";
}

/**
 * CPU time of our `observe …` over that of the CLI with the same arguments, start-up included, both asking
 * the same relay for the same flows. A figure counts only when both printed the same.
 */
export async function measureCli(options: CliOptions): Promise<PartResult> {
  const { hubble, relay, flows, folder } = options;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  try {
    const capture = join(folder, "flows.jsonl");
    const fromRelay = ["observe", "--server", relay, "--last", String(flows)];
    await timeProgram([hubble, ...fromRelay, "-o", "jsonpb"], capture);
    const comparisons: readonly Comparison[] = [
      { key: "compact_vs_hubble", args: [...fromRelay, "-o", "compact"], same: "bytes" },
      { key: "jsonpb_vs_hubble", args: [...fromRelay, "-o", "jsonpb"], same: "json" },
      { key: "file_vs_hubble", args: ["observe", "--input-file", capture, "-o", "compact"], same: "bytes" },
    ];
    const results: (readonly [BenchKeyName, Compared])[] = [];
    for (const comparison of comparisons) {
      results.push([comparison.key, await compare(comparison, options)]);
    }
    return {
      figures: Object.fromEntries(results.map(([key, { figure }]) => [key, figure])),
      details: { cli_cpu_ms: Object.fromEntries(results.map(([key, { cpuMs }]) => [key, cpuMs])) },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Compared {
  readonly figure: BenchFigure;
  readonly cpuMs: { readonly ours: number; readonly theirs: number };
}

async function compare({ key, args, same }: Comparison, options: CliOptions): Promise<Compared> {
  const { ours, hubble, flows, rounds, folder, onProgress } = options;
  const outputs = { ours: join(folder, "ours.txt"), theirs: join(folder, "theirs.txt") };
  const cpuMs = { ours: [] as number[], theirs: [] as number[] };
  let failure: string | undefined;
  for (let round = 0; round < rounds; round++) {
    cpuMs.ours.push(await timeProgram([...ours, ...args], outputs.ours));
    cpuMs.theirs.push(await timeProgram([hubble, ...args], outputs.theirs));
    failure ??= await findDifference(outputs, { same, lines: flows });
    onProgress(
      `${key}: round ${round + 1} of ${rounds}, CPU ${cpuMs.ours.at(-1)} ms, hubble's ${cpuMs.theirs.at(-1)} ms${failure === undefined ? "" : "; the outputs differ"}`,
    );
    // Whatever they cost, they do not do the same.
    if (failure !== undefined) break;
  }
  return {
    figure: failure === undefined ? { value: medianRatio(cpuMs.ours, cpuMs.theirs) } : { failure },
    cpuMs: { ours: median(cpuMs.ours), theirs: median(cpuMs.theirs) },
  };
}

/** Runs a program with its output in a file; answers its CPU time, user and system, in ms. */
async function timeProgram(command: readonly string[], output: string): Promise<number> {
  // The shell's own `time` tells of the program and all that it started, to the millisecond.
  const script = 'TIMEFORMAT="%3U %3S"; file=$1; shift; time "$@" >"$file" 2>"$file.err"';
  const environment = { ...process.env, TZ: "UTC", LC_ALL: "C", NO_COLOR: "1" };
  try {
    const { stderr } = await run("bash", ["-c", script, "bash", output, ...command], { env: environment });
    const [user = NaN, system = NaN] = stderr.trim().split(" ").map(Number);
    return Math.round((user + system) * 1000);
  } catch (error) {
    const said = await firstLine(`${output}.err`);
    throw new Error(`${command.join(" ")} failed: ${said}`, { cause: error });
  }
}

async function firstLine(path: string): Promise<string> {
  for await (const line of linesOf(path)) return line;
  return "it said nothing";
}

/** The first line in which outputs differ, as a sentence; `undefined`: they are the same, and as long as they must be. */
async function findDifference(
  outputs: { readonly ours: string; readonly theirs: string },
  { same, lines }: { readonly same: Comparison["same"]; readonly lines: number },
): Promise<string | undefined> {
  const theirs = linesOf(outputs.theirs);
  let number = 0;
  for await (const our of linesOf(outputs.ours)) {
    number += 1;
    const { value: their, done } = await theirs.next();
    if (done === true) return `line ${number} is only ours: ${our}`;
    if (our !== their && (same === "bytes" || !isSameJson(our, their))) {
      return `line ${number} differs:\n  ours:     ${our}\n  hubble's: ${their}`;
    }
  }
  const { value: more, done } = await theirs.next();
  if (done !== true) return `line ${number + 1} is only hubble's: ${more}`;
  return number === lines ? undefined : `both print ${number} lines, not ${lines}`;
}

function isSameJson(one: string, other: string): boolean {
  try {
    return isDeepStrictEqual(JSON.parse(one), JSON.parse(other));
  } catch {
    // What is no JSON is not equal as JSON.
    return false;
  }
}

/** Only a line feed ends a line; a last one without says so. */
async function* linesOf(path: string): AsyncGenerator<string, undefined> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield `${rest} (without an end of line)`;
}
