import type { Problem, Severity } from "../../../src/base/problem.ts";

/** A stretch of the filter's text, and how it is underlined. */
export interface Stretch {
  readonly text: string;
  readonly severity: Severity | undefined;
}

const weights = { hint: 1, warning: 2, error: 3 } as const;

/**
 * Cuts a text where underlines begin and end; where problems overlap, the gravest shows. A problem with no width
 * (something is missing) underlines one blank after the place, or after the end of the text.
 */
export function underlines(text: string, problems: readonly Problem[]): readonly Stretch[] {
  const padded = problems.some(({ range }) => range.end <= range.start && range.start >= text.length)
    ? `${text}\u00a0`
    : text;
  const marks: (Severity | undefined)[] = Array.from({ length: padded.length });
  for (const { severity, range } of problems) {
    const end = Math.min(Math.max(range.end, range.start + 1), padded.length);
    for (let at = Math.max(0, range.start); at < end; at++) {
      const before = marks[at];
      if (before === undefined || weights[severity] > weights[before]) marks[at] = severity;
    }
  }
  const stretches: Stretch[] = [];
  let start = 0;
  for (let at = 1; at <= padded.length; at++) {
    if (at < padded.length && marks[at] === marks[start]) continue;
    stretches.push({ text: padded.slice(start, at), severity: marks[start] });
    start = at;
  }
  return stretches;
}
