import { readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { judges } from "../test/support/oracleCategories.ts";
import { unjudgedFields } from "../test/support/oracleFields.ts";
import type { OracleCase, OracleFile, OracleGroup } from "../test/support/policyOracle.ts";

const usage = "usage: npm run -s oracle:policy -- DIR [--corpus DIR]";

/** The outcome of one case: what makes it fail, if anything. */
interface Outcome {
  readonly id: string;
  readonly failure?: string;
}

/** `npm run oracle:policy`: judges every case of every `*.json` in a folder; a line per failure, then the sum. */
function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { corpus: { type: "string" } },
  });
  const [folder, ...more] = positionals;
  if (folder === undefined || more.length > 0) throw new Error(usage);
  const corpus = values.corpus === undefined ? undefined : fromCaller(values.corpus);
  const outcomes = jsonFiles(fromCaller(folder)).flatMap((path) => judgeFile(path, corpus));
  if (outcomes.length === 0) throw new Error(`no case in ${folder}`);
  const failed = outcomes.filter(({ failure }) => failure !== undefined);
  for (const { id, failure } of failed) console.log(`${id}: ${failure ?? ""}`);
  console.log(`${outcomes.length - failed.length} passed, ${failed.length} failed`);
  return failed.length > 0 ? 1 : 0;
}

/** npm starts scripts in the project's folder, and says where it was started itself. */
function fromCaller(path: string): string {
  return resolve(process.env["INIT_CWD"] ?? process.cwd(), path);
}

function jsonFiles(folder: string): readonly string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  if (names.length === 0) throw new Error(`no *.json in ${folder}`);
  return names.sort().map((name) => join(folder, name));
}

/** What cannot be judged fails by itself: the other files and cases are judged all the same. */
function judgeFile(path: string, corpus: string | undefined): readonly Outcome[] {
  const file = readFile(path);
  if (typeof file === "string") return [{ id: basename(path), failure: `expected cases, got ${file}` }];
  const { category, groups } = file;
  const judge = judges[category];
  const judgeCase = (group: OracleGroup, oracleCase: OracleCase): Outcome => {
    const { id } = oracleCase;
    try {
      if (!judge) return { id, failure: `expected a category that is judged, got ${category}` };
      const unjudged = unjudgedFields(oracleCase.expect);
      if (unjudged.length > 0) {
        return { id, failure: `expected fields that are judged, got ${unjudged.join(", ")}` };
      }
      const { expected, got } = judge(group, oracleCase, corpus);
      if (expected.length === 0)
        return { id, failure: "expected something, got a case that expects nothing" };
      const wrong = expected.findIndex((line, index) => line !== got[index]);
      if (wrong === -1 && expected.length === got.length) return { id };
      const places = expected.flatMap((line, index) => (line === got[index] ? [] : [index]));
      const list = (lines: readonly string[]) => places.map((index) => lines[index] ?? "nothing").join("; ");
      return { id, failure: oneLine(`expected ${list(expected)}, got ${list(got)}`) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { id, failure: oneLine(`expected an answer, got ${message}`) };
    }
  };
  return groups.flatMap((group) => {
    const { cases } = group;
    if (cases.length === 0) return [{ id: group.id, failure: "expected cases, got none" }];
    return cases.map((oracleCase) => judgeCase(group, oracleCase));
  });
}

/** A text: why the file cannot be read as cases. */
function readFile(path: string): OracleFile | string {
  try {
    const file = JSON.parse(readFileSync(path, "utf8")) as Partial<OracleFile> | null;
    if (typeof file?.category !== "string" || !Array.isArray(file.groups)) return "no category and groups";
    return file.groups.length === 0 ? "none" : { category: file.category, groups: file.groups };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
