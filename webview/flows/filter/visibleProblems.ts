import type { Problem } from "../../../src/base/problem.ts";

/**
 * The problems to tell of while a person writes: one that touches the place of writing is most likely not written to its
 * end yet, and waits until the person `settled`.
 */
export function visibleProblems(
  problems: readonly Problem[],
  caret: number,
  settled: boolean,
): readonly Problem[] {
  if (settled) return problems;
  return problems.filter(({ range }) => caret < range.start || caret > range.end);
}
