import type { Problem } from "../../base/problem.ts";
import type { Timestamp } from "../flow.ts";
import type { MatchSeams } from "../match/matchSeams.ts";
import { checkTerms } from "./checkTerms.ts";
import { compileTerms } from "./compileTerms.ts";
import type { FilterLine } from "./filterLine.ts";
import { isFilterLike } from "./observeFlags.ts";
import { readCommand, strayProblems } from "./readCommand.ts";
import { type FlagUse, readFlags } from "./readFlags.ts";
import { readTerms } from "./readTerms.ts";
import type { ShellWord } from "./shellWord.ts";
import { splitWords } from "./splitWords.ts";

/**
 * Reads a filter line: flags as `hubble observe` takes them, alone or as a whole command that was pasted from a
 * terminal or from documentation. Relative times count back from `now`; CEL expressions are looked at only with the seam
 * that compiles them. Never throws.
 */
export function readFilterLine(text: string, now: Timestamp, seams: MatchSeams = {}): FilterLine {
  const split = splitWords(text);
  const command = readCommand(split.words);
  const flags = readFlags(command.words, command.endsCommand);
  const { terms, problems } = readTerms(flags.uses);
  const compiled = compileTerms(terms, now);
  return {
    terms,
    selection: compiled.selection,
    problems: [
      ...split.problems,
      ...flags.problems,
      ...strayProblems(flags.strays),
      ...notRead(flags.rest),
      ...problems,
      ...compiled.problems,
      ...checkTerms(terms, compiled.selection, seams),
      ...flags.uses.filter(({ flag }) => !isFilterLike(flag)).map(notUsed),
    ].sort((one, other) => one.range.start - other.range.start),
  };
}

/** Flags of printing and connecting are taken because people paste whole commands. */
function notUsed({ flag, range }: FlagUse): Problem {
  return {
    severity: "hint",
    code: "no-filter",
    message: `--${flag.name} does not say which flows: it counts for nothing here`,
    range,
  };
}

/** What follows a pipe, or the lines below a command. */
function notRead(rest: readonly ShellWord[]): readonly Problem[] {
  const [first, last] = [rest[0], rest.at(-1)];
  if (!first || !last) return [];
  const range = { start: first.range.start, end: last.range.end };
  return [
    {
      severity: "hint",
      code: "not-read",
      message: "Only the first command is read, not what follows it",
      range,
    },
  ];
}
