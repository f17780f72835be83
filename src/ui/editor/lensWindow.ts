/** Lines of a document, both included. */
export interface LineRange {
  readonly first: number;
  readonly last: number;
}

/**
 * A document with more numbers than this has lenses only near what is shown of it: an editor that is given tens of
 * thousands stands still for a minute.
 */
export const lensesAtMost = 1_500;

/** Scrolling this far changes which lenses there are. */
const stepLines = 200;
/** So far beyond what is shown lenses are there before one gets to them. */
const marginLines = 400;

/** The stretches of lines that have lenses, around those that are shown: the same ones for a while when one scrolls. */
export function lensWindows(shown: readonly LineRange[], lineCount: number): readonly LineRange[] {
  return shown.map(({ first, last }) => ({
    first: Math.max(0, Math.floor(first / stepLines) * stepLines - marginLines),
    last: Math.min(lineCount - 1, Math.ceil((last + 1) / stepLines) * stepLines + marginLines - 1),
  }));
}
