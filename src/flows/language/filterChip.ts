import type { FilterTerm, TermText } from "./filterTerm.ts";
import { filterTerms } from "./filterTerms.ts";
import { flagNamed } from "./observeFlags.ts";
import type { FlagGroup } from "./observeFlag.ts";
import { readFilterValues } from "./readFilterValues.ts";
import { termText } from "./writeFilterLine.ts";

/** A term as it is shown in a row of chips. */
export interface FilterChip {
  /** Without dashes, such as `to-port 53`. */
  readonly label: string;
  /** It leaves flows out. */
  readonly negated: boolean;
  /** The whole term as a line says it, for a tooltip and for copying. */
  readonly text: string;
  readonly group: FlagGroup;
  /** Where the term stands in the line. */
  readonly range: FilterTerm["range"];
}

/** The chips of a line's terms, in their order. */
export function filterChips(terms: readonly FilterTerm[]): readonly FilterChip[] {
  return terms.map((term) => ({
    label: label(term),
    negated: term.negated || term.flag === "denylist",
    text: termText(term),
    group: flagNamed(term.flag)?.group ?? "filter",
    range: term.range,
  }));
}

function label(term: TermText): string {
  if (flagNamed(term.flag)?.group === "raw") return rawLabel(term) ?? wholeLabel(term);
  return wholeLabel(term);
}

function wholeLabel(term: TermText): string {
  return term.value === undefined ? term.flag : `${term.flag} ${term.value}`;
}

/** Filters given as JSON in the words of flags, where there are any. */
function rawLabel({ value = "" }: TermText): string | undefined {
  const filters = readFilterValues(value);
  if ("error" in filters || filters.length === 0) return undefined;
  const terms = filterTerms(filters, { negated: false, onlyCli: false });
  if (terms.some(({ flag }) => flag === "allowlist")) return undefined;
  return terms.map(label).join(" & ");
}
