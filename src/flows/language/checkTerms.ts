import type { Problem } from "../../base/problem.ts";
import type { TextRange } from "../../base/textRange.ts";
import type { FlowFilter, FlowSelection } from "../flowFilter.ts";
import { checkFilter } from "../match/checkFilter.ts";
import type { FilterProblem } from "../match/filterProblem.ts";
import type { MatchSeams } from "../match/matchSeams.ts";
import type { FilterTerm } from "./filterTerm.ts";
import { flagMeanings, isRefusal } from "./flagMeanings.ts";
import { readFilterValues } from "./readFilterValues.ts";

/**
 * What a relay would refuse of terms that the CLI takes (bad addresses, patterns, selectors, …), each at the value that
 * is to blame. Expressions are looked at only with the seam that compiles them.
 */
export function checkTerms(
  terms: readonly FilterTerm[],
  selection: FlowSelection,
  seams: MatchSeams,
): readonly Problem[] {
  const known = new Set<string>();
  const problems = terms.flatMap((term) =>
    filtersOf(term).flatMap((filter) =>
      checkFilter(filter, seams).map((problem) => {
        known.add(keyOf(problem));
        return problemAt(problem, placeIn(term, problem));
      }),
    ),
  );
  for (const filter of [...selection.whitelist, ...selection.blacklist]) {
    for (const problem of checkFilter(filter, seams)) {
      if (known.has(keyOf(problem))) continue;
      known.add(keyOf(problem));
      const culprit = terms.findLast((term) => asksField(term, problem));
      if (culprit) problems.push(problemAt(problem, culprit.range));
    }
  }
  return problems;
}

/** The filters that a term makes by itself. */
function filtersOf({ flag, value = "true" }: FilterTerm): readonly FlowFilter[] {
  if (flag === "allowlist" || flag === "denylist") {
    const filters = readFilterValues(value);
    return "error" in filters ? [] : filters;
  }
  const meaning = flagMeanings.get(flag);
  const read = meaning?.read(value);
  if (!meaning || !read || isRefusal(read)) return [];
  return [{ [meaning.left]: [read.item] }];
}

function asksField({ flag }: FilterTerm, { field }: FilterProblem): boolean {
  const meaning = flagMeanings.get(flag);
  return meaning !== undefined && (meaning.left === field || meaning.right === field);
}

function keyOf({ field, value, message }: FilterProblem): string {
  return JSON.stringify([field.replace(/^(source|destination)/, ""), value, message]);
}

function problemAt({ message }: FilterProblem, range: TextRange): Problem {
  return { severity: "error", code: "refused-value", message, range };
}

/** The part of the value that is to blame, where it is known and the value is written as it is. */
function placeIn({ value, valueRange, range }: FilterTerm, problem: FilterProblem): TextRange {
  if (!valueRange) return range;
  const { offset } = problem;
  const isPlain = value === problem.value && valueRange.end - valueRange.start === value.length;
  if (offset === undefined || !isPlain || offset >= value.length) return valueRange;
  return { start: valueRange.start + offset, end: valueRange.end };
}
