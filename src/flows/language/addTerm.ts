import { compileTerms } from "./compileTerms.ts";
import { filterTerms, jsonTerm } from "./filterTerms.ts";
import type { FilterTerm, TermText } from "./filterTerm.ts";
import { conflictBetween } from "./flagConflicts.ts";
import { narrowFilters } from "./narrowFilters.ts";
import { flagNamed } from "./observeFlags.ts";
import { localFlags } from "./ourFlags.ts";
import { readLineTerms } from "./readLineTerms.ts";
import { rewriteLine } from "./rewriteLine.ts";

/**
 * Adds a term to a filter line. What says the opposite or cannot stand beside it makes room; a term that is there already
 * is not written twice. What is left out is left out besides everything else that is: where `--not` would mean “only
 * what matches both”, the new one is written as `--denylist`. Beside `--allowlist`, which admits more, what is asked is
 * written into each of its filters.
 */
export function addTerm(text: string, term: TermText): string {
  const line = readLineTerms(text);
  const added = besides(line.terms, plainest(term));
  const kept = line.terms.filter((each) => !givesWay(each, added));
  const narrowed = narrow(kept, added);
  if (narrowed) return rewriteLine(text, line, narrowed.kept, narrowed.filters);
  const fitting = clash([...kept, added]) ? kept.filter((each) => !clash([each, added])) : kept;
  const isThere = fitting.some((each) => sameTerm(each, added));
  return rewriteLine(text, line, fitting, isThere ? [] : [added]);
}

/** `--reply` says what `--reply=true` does. */
function plainest(term: TermText): TermText {
  const standsAlone = flagNamed(term.flag)?.value === "none" && term.value === "true";
  return standsAlone ? { ...term, value: undefined } : term;
}

/** The term as it has to be written so that it leaves out more, not less. */
function besides(terms: readonly FilterTerm[], term: TermText): TermText {
  if (!term.negated || localFlags.has(term.flag)) return term;
  const others = terms.filter(({ negated, flag }) => negated && !localFlags.has(flag) && flag !== term.flag);
  if (others.length === 0) return term;
  const { selection } = compileTerms([term], { seconds: 0, nanos: 0 });
  return selection.blacklist.length === 0 ? term : jsonTerm(selection.blacklist, true);
}

/** Where filters are given as JSON: the terms beside the filters, and the filters with what is asked in each of them. */
function narrow(
  terms: readonly FilterTerm[],
  added: TermText,
): { readonly kept: readonly FilterTerm[]; readonly filters: readonly TermText[] } | undefined {
  const isRaw = ({ flag }: TermText): boolean => flag === "allowlist";
  if (added.negated || isRaw(added) || !terms.some(isRaw)) return undefined;
  const whitelist = (some: readonly TermText[]) =>
    compileTerms(some, { seconds: 0, nanos: 0 }).selection.whitelist;
  const [asked, filters] = [whitelist([added]), whitelist(terms)];
  if (asked.length === 0 || filters.length === 0) return undefined;
  return {
    kept: terms.filter((term) => whitelist([term]).length === 0),
    filters: filterTerms(narrowFilters(filters, asked), { negated: false, onlyCli: false }),
  };
}

function sameTerm(one: TermText, other: TermText): boolean {
  return (
    one.flag === other.flag &&
    one.negated === other.negated &&
    (one.value ?? "true") === (other.value ?? "true")
  );
}

/** Of these one is enough. */
const single: ReadonlySet<string> = new Set(["last", "first", "since", "until", "rule", "decision"]);

/** Does a term say the opposite of the one that is added, or can the two not stand in one list? */
function givesWay(term: TermText, added: TermText): boolean {
  if (sameTerm(term, added)) return false;
  if (sameTerm(term, { ...added, negated: !added.negated })) return true;
  if (saysOpposite(term, added)) return true;
  if (term.negated !== added.negated) return false;
  return conflictBetween(term.flag, added.flag) || (term.flag === added.flag && single.has(term.flag));
}

/** One is the JSON of what the other leaves out, or asks for. */
function saysOpposite(term: TermText, added: TermText): boolean {
  if (term.flag === "denylist" && !added.negated) return sameTerm(term, jsonOf(added));
  return added.flag === "denylist" && !term.negated && sameTerm(added, jsonOf(term));
}

function jsonOf(term: TermText): TermText {
  const { selection } = compileTerms([{ ...term, negated: false }], { seconds: 0, nanos: 0 });
  return jsonTerm(selection.whitelist, true);
}

/** Do terms name different namespaces where there can be only one? */
function clash(terms: readonly TermText[]): boolean {
  const { problems } = compileTerms(terms, { seconds: 0, nanos: 0 });
  return problems.some(({ code }) => code === "namespace-conflict");
}
