import { type BenchFigure, type BenchKey, benchKeys, type PartResult } from "./benchKeys.ts";

/** The result of all parts as one. */
export function joinResults(results: readonly PartResult[]): PartResult {
  return {
    figures: Object.assign({}, ...results.map(({ figures }) => figures)) as PartResult["figures"],
    details: Object.assign({}, ...results.map(({ details }) => details)) as Record<string, unknown>,
  };
}

/** One object for `--json`: every measured key with its number, `null` where it failed; then what stands behind them. */
export function reportJson({ figures, details }: PartResult): Readonly<Record<string, unknown>> {
  const keys = benchKeys.flatMap(({ name }) => {
    const figure = figures[name];
    return figure ? [[name, "value" in figure ? rounded(figure.value) : null] as const] : [];
  });
  const failures = benchKeys.flatMap(({ name }) => {
    const figure = figures[name];
    return figure && "failure" in figure ? [[name, figure.failure] as const] : [];
  });
  return {
    ...Object.fromEntries(keys),
    ...(failures.length > 0 && { failures: Object.fromEntries(failures) }),
    ...details,
  };
}

/** The measured keys as a table of text; each failure is told in full below it. */
export function reportText({ figures }: PartResult): string {
  const rows = benchKeys.flatMap((key) => {
    const figure = figures[key.name];
    return figure ? [[key.name, key.what, measuredText(figure), limitText(key), stateText(key, figure)]] : [];
  });
  const all = [["key", "what", "measured", "must be", ""], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const isNumber = (column: number) => column === 2 || column === 3;
  const lines = all.map((row) =>
    row
      .map((cell, column) =>
        isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd(),
  );
  const failures = benchKeys.flatMap(({ name }) => {
    const figure = figures[name];
    return figure && "failure" in figure ? [`${name}: ${figure.failure}`] : [];
  });
  return [...lines, ...failures].join("\n");
}

/** The names of the keys whose figure exceeds its limit, or could not be measured. */
export function exceeded({ figures }: PartResult): readonly string[] {
  return benchKeys.flatMap((key) => {
    const figure = figures[key.name];
    return figure && !keeps(key, figure) ? [key.name] : [];
  });
}

function keeps({ limit, must }: BenchKey, figure: BenchFigure): boolean {
  if ("failure" in figure) return false;
  // What is no number keeps no limit.
  return must === "at most" ? figure.value <= limit : figure.value >= limit;
}

function stateText(key: BenchKey, figure: BenchFigure): string {
  if ("failure" in figure) return "FAILED";
  if (keeps(key, figure)) return "ok";
  return key.must === "at most" ? "OVER" : "UNDER";
}

function limitText({ must, limit }: BenchKey): string {
  return `${must === "at most" ? "≤" : "≥"} ${limit}`;
}

function measuredText(figure: BenchFigure): string {
  return "value" in figure ? String(rounded(figure.value)) : "-";
}

/** Three digits that mean something, and no fractions of large numbers. */
function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
