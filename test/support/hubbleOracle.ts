import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse as parseYaml } from "yaml";
import { ArgumentError } from "../../src/cli/argumentError.ts";
import { openEventGate } from "../../src/cli/eventGate.ts";
import { type ObservePlan, planObserve } from "../../src/cli/observePlan.ts";
import { rawFiltersText } from "../../src/flows/language/filterJson.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { responseFromJson } from "../../src/hubble/jsonpb.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";

/** What the real CLI answered to some arguments. */
export interface FilterCase {
  readonly argv: readonly string[];
  /** What `--print-raw-filters` printed. */
  readonly filters?: RawFilters;
  /** The arguments were refused. */
  readonly error?: string;
  /** The uuids of the flows that were let through, in order. */
  readonly matches?: readonly string[];
  /** The arguments compiled, but the filter was refused. */
  readonly matchError?: string;
}

interface RawFilters {
  readonly allowlist: readonly unknown[];
  readonly denylist: readonly unknown[];
}

/** A printed file, and the arguments that printed it. */
export interface PrintedCase {
  readonly file: string;
  readonly args: readonly string[];
  readonly stderr?: string;
}

/** What a folder of the oracle holds. */
export interface HubbleOracle {
  readonly folder: string;
  readonly filterCases: readonly FilterCase[];
  readonly flows: readonly Uint8Array[];
}

/** The printed files of a folder, each with what printed it (and with the flows and a `--last` that takes all). */
export const printedCases: readonly PrintedCase[] = [
  { file: "compact.txt", args: ["-o", "compact", "--print-policy-names"], stderr: "compact.stderr.txt" },
  {
    file: "compact-numeric.txt",
    args: ["-o", "compact", "--numeric", "--print-node-name", "--time-format", "RFC3339Nano"],
  },
  { file: "compact-no-translation.txt", args: ["--ip-translation=false"] },
  { file: "dict.txt", args: ["-o", "dict"] },
  { file: "table.txt", args: ["-o", "table"] },
];

/** Reads a folder of answers. */
export function readHubbleOracle(folder: string): HubbleOracle {
  const text = (name: string) => readFileSync(join(folder, name), "utf8");
  return {
    folder,
    filterCases: JSON.parse(text("filters.json")) as readonly FilterCase[],
    flows: text("flows.jsonl")
      .trimEnd()
      .split("\n")
      .map((line) => {
        const read = responseFromJson(line);
        if ("error" in read) throw new Error(`flows.jsonl: ${read.error}`);
        return read.raw;
      }),
  };
}

/** Where our answer to a case differs; undefined: nowhere. */
export function judgeFilterCase(oracleCase: FilterCase, flows: readonly Uint8Array[]): string | undefined {
  const plan = planOf(oracleCase.argv);
  if (oracleCase.error !== undefined) {
    return "refused" in plan ? undefined : `expected to be refused (${oracleCase.error}), got ${raw(plan)}`;
  }
  if ("refused" in plan) return `expected ${json(oracleCase.filters)}, got refused: ${plan.refused}`;
  const { filters } = oracleCase;
  if (filters) {
    const printed = parseRawFilters(rawFiltersText(plan.selection));
    if (!isDeepStrictEqual(printed, filters)) return `expected ${json(filters)}, got ${json(printed)}`;
  }
  return judgeMatches(oracleCase, plan, flows);
}

function judgeMatches(
  { matches, matchError }: FilterCase,
  plan: ObservePlan,
  flows: readonly Uint8Array[],
): string | undefined {
  if (!matches && matchError === undefined) return undefined;
  const gate = openEventGate(plan.selection, { seams: { compileCel } });
  if (typeof gate !== "function") {
    return matches ? `expected ${matches.length} flows, got refused: ${gate.error}` : undefined;
  }
  if (!matches) return `expected to be refused (${matchError ?? ""}), got a filter`;
  const found = flows.flatMap((one) => {
    const response = readResponse(one);
    return response.kind === "flow" && gate(response, one) ? [response.flow.uuid ?? ""] : [];
  });
  return differenceOf(matches, found);
}

/** How two lists of uuids differ; undefined: they do not. */
export function differenceOf(expected: readonly string[], got: readonly string[]): string | undefined {
  if (isDeepStrictEqual(expected, got)) return undefined;
  const missing = expected.filter((uuid) => !got.includes(uuid));
  const extra = got.filter((uuid) => !expected.includes(uuid));
  return (
    `expected ${expected.length} flows, got ${got.length}` +
    ` (missing ${missing.length}: ${missing.slice(0, 3).join(" ")}; not expected ${extra.length}: ${extra.slice(0, 3).join(" ")})`
  );
}

function planOf(argv: readonly string[]): ObservePlan | { readonly refused: string } {
  try {
    return planObserve([...argv, "--input-file", "flows.jsonl", "--last", "1000000"], {
      now: { seconds: 1_800_000_000, nanos: 0 },
      stdout: {},
      environment: {},
    });
  } catch (error) {
    if (error instanceof ArgumentError) return { refused: error.message };
    throw error;
  }
}

function parseRawFilters(text: string): RawFilters {
  const lists = parseYaml(text) as { allowlist?: readonly string[]; denylist?: readonly string[] };
  const read = (list: readonly string[] = []) => list.map((line): unknown => JSON.parse(line));
  return { allowlist: read(lists.allowlist), denylist: read(lists.denylist) };
}

function raw(plan: ObservePlan): string {
  return json(parseRawFilters(rawFiltersText(plan.selection)));
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
