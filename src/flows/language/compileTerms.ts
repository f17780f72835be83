import { nearestWord } from "../../base/nearestWord.ts";
import type { Problem } from "../../base/problem.ts";
import type { TextRange } from "../../base/textRange.ts";
import type { Timestamp } from "../flow.ts";
import type { FlowFilter, FlowSelection } from "../flowFilter.ts";
import { FilterPair } from "./filterPair.ts";
import type { FilterTerm, TermText } from "./filterTerm.ts";
import { conflictBetween } from "./flagConflicts.ts";
import { flagMeanings } from "./flagMeanings.ts";
import { LocalTerms } from "./localTerms.ts";
import { flagNamed } from "./observeFlags.ts";
import { quoteWord } from "./quoteWord.ts";
import { RangeTerms } from "./rangeTerms.ts";
import { readFilterValues } from "./readFilterValues.ts";
import type { RefusedTerm } from "./refusal.ts";

/** What terms mean, with what is wrong with them; a term that is wrong is left out of the selection. */
export interface CompiledTerms {
  readonly selection: FlowSelection;
  readonly problems: readonly Problem[];
}

/** Compiles terms to the selection that they mean; relative times count back from `now`. */
export function compileTerms(terms: readonly (FilterTerm | TermText)[], now: Timestamp): CompiledTerms {
  const lists = { allow: new FilterList(), deny: new FilterList() };
  const local = new LocalTerms();
  const range = new RangeTerms(now, terms);
  const problems: Problem[] = [];
  for (const term of terms) {
    const list = term.negated || term.flag === "denylist" ? lists.deny : lists.allow;
    const refused = addTo(term, list, local, range);
    if (refused) problems.push(refusedTerm(term, refused));
  }
  problems.push(...range.problems(), ...lists.deny.surprises());
  const stretch = range.range();
  const selection: FlowSelection = {
    whitelist: lists.allow.filters(),
    blacklist: lists.deny.filters(),
    ...local.parts(),
    ...(stretch && { range: stretch }),
  };
  return { selection, problems };
}

function addTo(
  term: TermText,
  list: FilterList,
  local: LocalTerms,
  range: RangeTerms,
): RefusedTerm | undefined {
  switch (flagNamed(term.flag)?.group) {
    case "raw":
      return list.addRaw(term.value ?? "");
    case "range":
      return range.add(term, placeOf(term).range);
    case "filter":
    case "ours":
      return flagMeanings.has(term.flag) || !local.takes(term.flag) ? list.add(term) : local.add(term);
    case "output":
    case "server":
    case "other":
    case undefined:
      return { refused: `--${term.flag} does not say which flows`, code: "no-filter", whole: true };
  }
}

function refusedTerm(term: FilterTerm | TermText, { refused, code, whole }: RefusedTerm): Problem {
  const { range, valueRange } = placeOf(term);
  const place = whole === true ? range : (valueRange ?? range);
  if (code !== "bad-value") return { severity: "error", code, message: refused, range: place };
  const message = `--${term.flag} “${term.value ?? ""}”: ${refused}`;
  const fix = likelyValue(term);
  return { severity: "error", code, message, range: place, ...(fix !== undefined && { fix }) };
}

/** What was likely meant by a value that is none: one that is spelt much like it, or each of several with its own flag. */
function likelyValue({ flag, negated, value = "" }: TermText): string | undefined {
  const words = flagNamed(flag)?.words ?? [];
  const parts = value.split(",").map((part) => nearestWord(part, words));
  const known = parts.filter((part) => part !== undefined);
  if (known.length < parts.length) return undefined;
  return known.map(quoteWord).join(negated ? ` --not --${flag} ` : ` --${flag} `);
}

const nowhere: TextRange = { start: 0, end: 0 };

/** Where a term stands; one that is not written anywhere, nowhere. */
function placeOf(term: FilterTerm | TermText): Pick<FilterTerm, "range" | "valueRange"> {
  return "range" in term ? term : { range: nowhere, valueRange: undefined };
}

/** The filters that admit, or those that turn away. */
class FilterList {
  readonly #pair = new FilterPair();
  readonly #raw: FlowFilter[] = [];
  /** Each flag with the term that gave it last. */
  readonly #given = new Map<string, FilterTerm | TermText>();

  add(term: FilterTerm | TermText): RefusedTerm | undefined {
    const { flag, value = "true" } = term;
    const other = [...this.#given.keys()].find((each) => conflictBetween(flag, each));
    if (other !== undefined) {
      const not = term.negated ? "--not " : "";
      const refused = `${not}--${flag} and ${not}--${other} cannot be combined`;
      return { refused, code: "conflict", whole: true };
    }
    this.#given.set(flag, term);
    const namespace = this.#pair.addNamespace(flag, value);
    if (namespace) return namespace.conflict && { ...namespace.conflict, code: "namespace-conflict" };
    const meaning = flagMeanings.get(flag);
    if (!meaning) return { refused: `--${flag} does not say which flows`, code: "no-filter", whole: true };
    const refused = this.#pair.add(meaning, value);
    return refused && { ...refused, code: refused.conflict === true ? "namespace-conflict" : "bad-value" };
  }

  addRaw(value: string): RefusedTerm | undefined {
    const filters = readFilterValues(value);
    if ("error" in filters) return { refused: filters.error, code: "bad-json" };
    this.#raw.push(...filters);
    return undefined;
  }

  filters(): readonly FlowFilter[] {
    return [...this.#pair.filters(), ...this.#raw];
  }

  /** That different negated flags must all hold for a flow to be left out surprises most people. */
  surprises(): readonly Problem[] {
    const [last, ...others] = [...this.#given].reverse();
    if (!last || others.length === 0) return [];
    const all = [...this.#given.keys()].map((flag) => `--${flag}`).join(" and ");
    return [
      {
        severity: "hint",
        code: "all-negated",
        message: `Left out is only what matches all that is negated (${all}), as in hubble observe; --denylist leaves out more`,
        range: placeOf(last[1]).range,
      },
    ];
  }
}
