import { addTerm } from "../../../src/flows/language/addTerm.ts";
import { completeFilterLine } from "../../../src/flows/language/completeFilterLine.ts";
import type { FilterLine } from "../../../src/flows/language/filterLine.ts";
import type { FilterTerm, TermText } from "../../../src/flows/language/filterTerm.ts";
import { flagNamed } from "../../../src/flows/language/observeFlags.ts";
import { quoteWord } from "../../../src/flows/language/quoteWord.ts";
import { readFilterLine } from "../../../src/flows/language/readFilterLine.ts";
import { removeTerm } from "../../../src/flows/language/rewriteLine.ts";
import { writeFilterLine } from "../../../src/flows/language/writeFilterLine.ts";
import type { Completions } from "./completion.ts";

export { filterChips } from "../../../src/flows/language/filterChip.ts";
export { removeTerm };

/** Reads a line as of now. */
export function readLine(text: string): FilterLine {
  const nowMs = Date.now();
  return readFilterLine(text, { seconds: Math.floor(nowMs / 1000), nanos: (nowMs % 1000) * 1_000_000 });
}

/** What may be written at a place of a line. */
export function completions(text: string, caret: number): Completions {
  return completeFilterLine(text, caret);
}

/** A value as it is written: with quotes where a shell needs them. */
export function quoteValue(value: string): string {
  return quoteWord(value);
}

/** May `--not` stand before the term? A stretch of time has no opposite. */
export function isNegatable({ flag }: TermText): boolean {
  const group = flagNamed(flag)?.group;
  return group === "filter" || group === "ours";
}

/** The line with one of its terms turned into its opposite: it leaves out more, or asks for more, besides all others. */
export function withTermNegated(text: string, term: FilterTerm): string {
  const { flag, negated, value } = term;
  return addTerm(removeTerm(text, term.range), { flag, negated: !negated, value });
}

/**
 * What a pasted text comes to in the line: of a whole command that reads well only what filters is kept; lines become
 * one. A text that is fine as it is comes back unchanged.
 */
export function pastedText(pasted: string): string {
  const { terms, problems } = readLine(pasted);
  const isCommand = /(?:^|[\s/])(?:hubble|observe)(?:\s|$)/.test(pasted);
  const isWrong = problems.some(({ severity }) => severity === "error");
  if (isCommand && !isWrong && terms.length > 0) return writeFilterLine(terms);
  return pasted.replaceAll(/\s*\\\s*\r?\n\s*|\s*\r?\n\s*/g, " ");
}
