import type { Problem } from "../base/problem.ts";
import type { FlowSelection } from "../flows/flowFilter.ts";
import type { FilterTerm } from "../flows/language/filterTerm.ts";
import { checkSelection } from "../flows/match/checkFilter.ts";
import type { FilterProblem } from "../flows/match/filterProblem.ts";
import type { MatchSeams } from "../flows/match/matchSeams.ts";
import { celSeams } from "../hubble/celSeams.ts";
import { readFilter } from "./filterQuestions.ts";

/** A selection that was read, with what is needed to match by it. With an error among the problems it is not to be applied. */
export interface ReadSelection {
  readonly selection: FlowSelection;
  readonly problems: readonly Problem[];
  readonly seams: MatchSeams;
}

/** Reads a filter line as of now, or takes a selection as it is; tells all that a relay would refuse, expressions too. */
export async function readSelection(
  wish: { readonly selection: FlowSelection } | { readonly filter: string },
): Promise<ReadSelection> {
  const read = "filter" in wish ? readFilter(wish.filter) : { ...wish, terms: [], problems: [] };
  const seams = await celSeams(read.selection);
  const problems = [...read.problems];
  for (const refused of checkSelection(read.selection, seams)) {
    const problem = locate(refused, read.terms);
    const isKnown = problems.some(
      ({ severity, range, message }) =>
        severity === "error" &&
        (message === problem.message ||
          (range.start <= problem.range.end && problem.range.start <= range.end)),
    );
    if (!isKnown) problems.push(problem);
  }
  return { selection: read.selection, problems, seams };
}

/** In the term that has the value; where that is not quoted, at the very place. */
function locate({ value, message, offset }: FilterProblem, terms: readonly FilterTerm[]): Problem {
  const term =
    terms.find((each) => each.value === value) ?? terms.find((each) => each.value?.includes(value));
  const whole = term?.valueRange ?? term?.range ?? { start: 0, end: 0 };
  const isPlain = term?.valueRange && whole.end - whole.start === value.length;
  const start = isPlain && offset !== undefined ? Math.min(whole.start + offset, whole.end) : whole.start;
  return { severity: "error", code: "refused-value", message, range: { start, end: whole.end } };
}
