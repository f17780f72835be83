import type { Problem } from "../../base/problem.ts";
import type { FilterTerm } from "./filterTerm.ts";
import { isFilterLike } from "./observeFlags.ts";
import type { FlagUse } from "./readFlags.ts";

/**
 * Takes the terms out of the flags that were given: `--not` goes with the next flag that filters, and only with that
 * one, as in the `hubble` CLI.
 */
export function readTerms(uses: readonly FlagUse[]): {
  readonly terms: readonly FilterTerm[];
  readonly problems: readonly Problem[];
} {
  const terms: FilterTerm[] = [];
  const problems: Problem[] = [];
  let not: FlagUse | undefined;
  for (const [index, use] of uses.entries()) {
    const { flag, value, range, valueRange } = use;
    if (flag.name === "not") {
      if (not) problems.push(misplaced("double-not", "Two --not in a row: one is enough", use));
      if (isIgnored(use)) problems.push(ignoredValue(use));
      not = use;
    } else if (isFilterLike(flag)) {
      const before = flag.group === "filter" || flag.group === "ours" ? not : undefined;
      const start = before && before === uses[index - 1] ? before.range.start : range.start;
      if (flag.group === "filter" && flag.value === "none" && value !== undefined)
        problems.push(ignoredValue(use));
      terms.push({
        flag: flag.name,
        negated: before !== undefined,
        value,
        range: { start, end: range.end },
        valueRange,
      });
      if (before) not = undefined;
    }
  }
  if (not) {
    problems.push(
      misplaced(
        "trailing-not",
        "After --not comes the filter that it turns round, as in --not --port 53",
        not,
      ),
    );
  }
  return { terms, problems };
}

function misplaced(code: string, message: string, { range }: FlagUse): Problem {
  return { severity: "error", code, message, range };
}

/** Is a value written that reads as if it turned the flag off, or into another one? */
function isIgnored({ flag, value }: FlagUse): boolean {
  if (flag.group !== "filter" || flag.value !== "none" || value === undefined) return false;
  return value !== "true" && `ip${value}` !== flag.name;
}

function ignoredValue({ flag, valueRange, range }: FlagUse): Problem {
  return {
    severity: "warning",
    code: "ignored-value",
    message: `--${flag.name} means the same whatever is written after =`,
    range: valueRange ?? range,
  };
}
