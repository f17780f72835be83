import type { Problem } from "../../../src/base/problem.ts";

/** What somebody writes: the text, where they are in it (-1: nowhere), and whether they are done for now. */
export interface Writing {
  readonly text: string;
  readonly caret: number;
  readonly settled: boolean;
}

const weights = { error: 2, warning: 1, hint: 0 } as const;

/**
 * The problems to tell of while a person writes, the gravest first, and of those first what can be put right by a click.
 * One that nothing but blanks part from the place of writing is most likely not written to its end yet, and waits.
 */
export function visibleProblems(problems: readonly Problem[], writing: Writing): readonly Problem[] {
  return problems
    .filter((problem) => writing.settled || !isBeingWritten(problem, writing))
    .sort((one, other) => weightOf(other) - weightOf(one));
}

function isBeingWritten({ range }: Problem, { text, caret }: Writing): boolean {
  return caret >= range.start && text.slice(range.end, Math.max(caret, range.end)).trim() === "";
}

function weightOf({ severity, fix }: Problem): number {
  return 2 * weights[severity] + (fix === undefined ? 0 : 1);
}
