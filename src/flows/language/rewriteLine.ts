import type { TextRange } from "../../base/textRange.ts";
import type { FilterTerm, TermText } from "./filterTerm.ts";
import { type LineTerms, readLineTerms } from "./readLineTerms.ts";
import { sameJson } from "./sameJson.ts";
import { writeFilterLine } from "./writeFilterLine.ts";

/**
 * A line with some of its terms and with others behind them. Its own spelling is kept where that is possible; else (a whole
 * command, flags written together) it is written anew.
 */
export function rewriteLine(
  text: string,
  { terms, isPlain }: LineTerms,
  kept: readonly FilterTerm[],
  added: readonly TermText[] = [],
): string {
  const wanted: readonly TermText[] = [...kept, ...added];
  if (isPlain) {
    const rest = cutOut(
      text,
      terms.filter((term) => !kept.includes(term)).map(({ range }) => range),
    );
    const line = [rest, writeFilterLine(added)].filter((part) => part !== "").join(" ");
    const read = readLineTerms(line);
    if (read.isPlain && sameJson(read.terms.map(withoutPlace), wanted.map(withoutPlace))) return line;
  }
  return writeFilterLine(wanted);
}

/** A line without the term that stands in a place. */
export function removeTerm(text: string, place: TextRange): string {
  const line = readLineTerms(text);
  const kept = line.terms.filter(({ range }) => range.start !== place.start || range.end !== place.end);
  return rewriteLine(text, line, kept);
}

function withoutPlace({ flag, negated, value }: TermText): object {
  return { flag, negated, value };
}

function cutOut(text: string, ranges: readonly TextRange[]): string {
  const fromLast = [...ranges].sort((one, other) => other.start - one.start);
  let rest = text;
  for (const { start, end } of fromLast) {
    const before = rest.slice(0, start).trimEnd();
    const after = rest.slice(end).trimStart();
    rest = before === "" || after === "" ? before + after : `${before} ${after}`;
  }
  return rest.trim();
}
