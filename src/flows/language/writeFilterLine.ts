import type { TermText } from "./filterTerm.ts";
import { flagNamed } from "./observeFlags.ts";
import { quoteWord } from "./quoteWord.ts";

/** Terms as one line, quoted where a shell needs it. */
export function writeFilterLine(terms: readonly TermText[]): string {
  return terms.map(termText).join(" ");
}

/** One term as it is written: `--not --to-port 53`. */
export function termText({ flag, negated, value }: TermText): string {
  const not = negated ? "--not " : "";
  if (value === undefined) return `${not}--${flag}`;
  const between = flagNamed(flag)?.value === "none" ? "=" : " ";
  return `${not}--${flag}${between}${quoteWord(value)}`;
}
