import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { LineIndex } from "../base/textRange.ts";
import { judgeOptionsOf } from "../policy/agentFacts.ts";
import type { JudgeOptions } from "../policy/policyProblem.ts";
import { readPolicies } from "../policy/readPolicies.ts";
import { agentFactsOf, agentFlags } from "./agentFlags.ts";
import { ArgumentError } from "./argumentError.ts";
import { LineWriter } from "./lineWriter.ts";

/**
 * `check`: judges policies as API server and agents do, a line for each problem. Answers 1 when there is an error, or
 * a file that cannot be read.
 */
export async function runCheck(args: readonly string[]): Promise<number> {
  const options = parseCheckArguments(args);
  const streams = { out: new LineWriter(process.stdout), err: new LineWriter(process.stderr) };
  let failed = false;
  try {
    for (const file of options.files) failed = (await checkFile(file, options, streams)) || failed;
    return failed ? 1 : 0;
  } finally {
    await Promise.all([streams.out.flush(), streams.err.flush()]);
  }
}

interface CheckOptions {
  readonly files: readonly string[];
  readonly json: boolean;
  readonly judge: JudgeOptions;
}

function parseCheckArguments(args: readonly string[]): CheckOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { output: { type: "string", short: "o" }, ...agentFlags },
    allowPositionals: true,
  });
  const { output = "text" } = values;
  if (positionals.length === 0) throw new ArgumentError("name the files to check");
  if (output !== "text" && output !== "json") {
    throw new ArgumentError(`--output takes text or json, not “${output}”`);
  }
  return { files: positionals, json: output === "json", judge: judgeOptionsOf(agentFactsOf(values)) };
}

/** Checks one file; true when it has an error. */
async function checkFile(
  file: string,
  options: CheckOptions,
  streams: { readonly out: LineWriter; readonly err: LineWriter },
): Promise<boolean> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    streams.err.write(`${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    return true;
  }
  const lines = new LineIndex(text);
  const { problems } = readPolicies(text, options.judge);
  for (const { severity, code, message, range } of problems) {
    const { line, column } = lines.at(range.start);
    streams.out.write(
      options.json
        ? JSON.stringify({ file, line, column, severity, code, message })
        : `${file}:${line}:${column}: ${severity} ${code}: ${message}`,
    );
  }
  return problems.some(({ severity }) => severity === "error");
}
