import { assertNever } from "../../base/assertNever.ts";
import type { FlowRange, FlowSelection, LocalFilter } from "../flowFilter.ts";
import { timeText } from "../timeText.ts";
import type { TermText } from "./filterTerm.ts";
import { filterTerms } from "./filterTerms.ts";
import { ruleText } from "./ruleText.ts";

/** The terms that mean a selection exactly; only the document that a rule is asked of cannot be said. */
export function selectionToTerms(selection: FlowSelection): readonly TermText[] {
  return [
    ...filterTerms(selection.whitelist, { negated: false, onlyCli: false }),
    ...filterTerms(selection.blacklist, { negated: true, onlyCli: false }),
    ...localTerms(selection),
    ...rangeTerms(selection.range ?? {}),
  ];
}

/** The terms for what is applied here. */
export function localTerms({ local = [], rule }: FlowSelection): readonly TermText[] {
  const terms = local.flatMap(localFilterTerms);
  return rule ? [...terms, { flag: "rule", negated: false, value: ruleText(rule) }] : terms;
}

function localFilterTerms(filter: LocalFilter): readonly TermText[] {
  const { negated } = filter;
  switch (filter.kind) {
    case "policy":
      return filter.names.map((value) => ({ flag: "policy", negated, value }));
    case "decision":
      return [{ flag: "decision", negated, value: filter.decision }];
    case "lost":
      return [{ flag: "lost", negated, value: undefined }];
    default:
      return assertNever(filter);
  }
}

/** The terms for a stretch of flows; times are written out whole. */
export function rangeTerms({ last, first, all, follow, since, until }: FlowRange): readonly TermText[] {
  const given: readonly (readonly [string, string | undefined | false])[] = [
    ["last", last === undefined ? false : countText(last)],
    ["first", first === undefined ? false : countText(first)],
    ["all", all === true ? undefined : false],
    ["since", since ? timeText(since, "RFC3339Nano") : false],
    ["until", until ? timeText(until, "RFC3339Nano") : false],
    ["follow", follow === true ? undefined : false],
  ];
  return given.flatMap(([flag, value]) => (value === false ? [] : [{ flag, negated: false, value }]));
}

/** Without the exponent that JavaScript gives large numbers. */
function countText(count: number): string {
  return String(BigInt(count));
}
