import type { Problem } from "../../base/problem.ts";
import type { Timestamp } from "../flow.ts";
import { compileTerms } from "./compileTerms.ts";
import type { FilterLine } from "./filterLine.ts";
import type { ObserveOptions } from "./observeOptions.ts";
import { isFilterLike } from "./observeFlags.ts";
import { strayProblems } from "./readCommand.ts";
import { type FlagUse, readFlags } from "./readFlags.ts";
import { readOptions } from "./readOptions.ts";
import { readTerms } from "./readTerms.ts";
import { wordsOfArguments } from "./shellWord.ts";

/** What the arguments of `observe` say. Nothing should be done when a problem is an error. */
export interface ArgumentLine extends FilterLine {
  readonly options: ObserveOptions;
}

/**
 * Reads arguments as `hubble observe` does, and refuses what it refuses. Ranges are offsets into the arguments joined
 * with one space; the messages name the flag. Relative times count back from `now`. What only a relay refuses (a pattern, an
 * address) is no problem yet, as filters can be printed all the same. Never throws.
 */
export function readArguments(args: readonly string[], now: Timestamp): ArgumentLine {
  const flags = readFlags(wordsOfArguments(args));
  const { terms, problems } = readTerms(flags.uses);
  const compiled = compileTerms(terms, now);
  const options = readOptions(flags.uses.filter(({ flag }) => !isFilterLike(flag)));
  return {
    terms,
    selection: compiled.selection,
    options: options.options,
    problems: [
      ...flags.problems,
      ...strayProblems(flags.strays).map(passedOver),
      ...problems,
      ...compiled.problems,
      ...options.problems,
      ...combined(flags.uses, options.options, compiled.selection.range?.follow === true),
    ].sort((one, other) => one.range.start - other.range.start),
  };
}

/** Words that belong to nothing: the CLI passes over them in silence. */
function passedOver(problem: Problem): Problem {
  return problem.code === "other-events" ? problem : { ...problem, severity: "warning" };
}

/** Options that do not go together. */
function combined(uses: readonly FlagUse[], options: ObserveOptions, follow: boolean): readonly Problem[] {
  const problem = (message: string, ...names: readonly string[]): Problem => {
    const use = uses.findLast(({ flag }) => names.includes(flag.name));
    return { severity: "error", code: "conflict", message, range: use?.range ?? { start: 0, end: 0 } };
  };
  const problems: Problem[] = [];
  if (options.output === "table" && follow) {
    problems.push(problem("--output table and --follow cannot be combined", "output", "follow"));
  }
  if (options.output !== "jsonpb" && (options.fieldMask ?? []).length > 0) {
    problems.push(problem("--field-mask needs --output jsonpb", "field-mask"));
  }
  if (options.inputFile !== undefined && options.server.portForward === true && !options.printRawFilters) {
    problems.push(
      problem("--input-file and --port-forward cannot be combined", "input-file", "port-forward"),
    );
  }
  return problems;
}
