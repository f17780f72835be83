/** The narrowest a column gets, and what stands between its widest cell and the next column. */
const narrowest = 2;
const gap = 3;

type Row = readonly string[];

/**
 * Aligns tab-separated cells as Go's `text/tabwriter` does for the `hubble` CLI: a column is a run of rows that have a
 * cell there which a tab ends, and is as wide as its widest. Whatever is written waits for {@link end}, as the width is
 * not known before; but rows before one without any tab can leave.
 */
export class TabWriter {
  readonly #rows: Row[] = [];

  /** Takes lines of cells, without the last line end; answers the lines that can be printed, if there are any. */
  write(lines: string): string | undefined {
    const done: string[] = [];
    for (const line of lines.split(/[\n\f]/)) {
      const row = line.split(/[\t\v]/);
      this.#rows.push(row);
      if (row.length === 1) done.push(...this.#take());
    }
    return done.length > 0 ? done.join("\n") : undefined;
  }

  /** The lines that waited; undefined: none did. */
  end(): string | undefined {
    const lines = this.#take();
    return lines.length > 0 ? lines.join("\n") : undefined;
  }

  #take(): readonly string[] {
    const rows = this.#rows.splice(0);
    const widths = columnWidths(rows);
    return rows.map((row, index) =>
      row
        .map((cell, column) => pad(cell, column < row.length - 1 ? widths[index]?.[column] : undefined))
        .join(""),
    );
  }
}

/** The width of each cell that a tab ends, by row and column. */
function columnWidths(rows: readonly Row[]): readonly (readonly number[])[] {
  const widths: number[][] = rows.map(() => []);
  const columns = rows.reduce((most, row) => Math.max(most, row.length - 1), 0);
  for (let column = 0; column < columns; column++) {
    for (let first = 0; first < rows.length; first++) {
      let end = first;
      let width = narrowest;
      for (; column < (rows[end]?.length ?? 0) - 1; end++) {
        width = Math.max(width, lengthOf(rows[end]?.[column] ?? "") + gap);
      }
      for (let row = first; row < end; row++) widths[row]?.push(width);
      first = Math.max(first, end - 1);
    }
  }
  return widths;
}

function pad(cell: string, width: number | undefined): string {
  return width === undefined ? cell : cell + " ".repeat(width - lengthOf(cell));
}

/** Characters as Go counts them: code points. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
