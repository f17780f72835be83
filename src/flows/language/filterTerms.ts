import type { FlowFilter, FlowFilterField } from "../flowFilter.ts";
import { compileTerms } from "./compileTerms.ts";
import { eitherEnds, fieldTerms } from "./fieldTexts.ts";
import { jsonFields } from "./jsonFields.ts";
import { filterToJson } from "./filterJson.ts";
import type { TermText } from "./filterTerm.ts";
import { sameJson } from "./sameJson.ts";

/** Which list filters are in, and which flags may be used. */
export interface FilterTermsOptions {
  /** They turn away: the list of `--not` and `--denylist`. */
  readonly negated: boolean;
  /** Use only what the `hubble` CLI has. */
  readonly onlyCli: boolean;
}

/**
 * The terms that mean a list of filters exactly: by flags where they can say it, else as JSON. Two filters that differ in
 * which end they ask are one set of flags (`--pod`).
 */
export function filterTerms(
  filters: readonly FlowFilter[],
  { negated, onlyCli }: FilterTermsOptions,
): readonly TermText[] {
  if (filters.length === 0) return [];
  const rest = filters.slice(2).map((filter) => jsonTerm([filter], negated));
  for (const useNamespaces of [true, false]) {
    const terms = [...flagTerms(filters.slice(0, 2), negated, useNamespaces), ...rest];
    if (onlyCli && terms.some(({ flag }) => lackedByCli.has(flag))) continue;
    if (means(terms, filters, negated)) return terms;
  }
  return filters.map((filter) => jsonTerm([filter], negated));
}

/** The term that gives filters as JSON. */
export function jsonTerm(filters: readonly FlowFilter[], negated: boolean): TermText {
  const value = filters.map((filter) => JSON.stringify(filterToJson(filter))).join(" ");
  return { flag: negated ? "denylist" : "allowlist", negated: false, value };
}

const lackedByCli: ReadonlySet<string> = new Set(["reply", "dns-query"]);

function means(terms: readonly TermText[], filters: readonly FlowFilter[], negated: boolean): boolean {
  const { selection, problems } = compileTerms(terms, { seconds: 0, nanos: 0 });
  const list = negated ? selection.blacklist : selection.whitelist;
  return !problems.some(({ severity }) => severity === "error") && sameJson(list, filters);
}

const allFields: readonly FlowFilterField[] = [...jsonFields.map(({ field }) => field), "celExpression"];

/** Flags for one filter, or for two that may be the two ends of something. */
function flagTerms(
  [left = {}, right = left]: readonly FlowFilter[],
  negated: boolean,
  useNamespaces: boolean,
): readonly TermText[] {
  const terms: TermText[] = [];
  const done = new Set<FlowFilterField>();
  const add = (more: readonly TermText[]): void => {
    terms.push(...more.map((term) => (useNamespaces ? namespaceTerm(term) : term)));
  };
  for (const ends of left === right ? [] : eitherEnds) {
    const isEither =
      left[ends.left] !== undefined && left[ends.right] === undefined && right[ends.left] === undefined;
    if (!isEither || !sameJson(left[ends.left], right[ends.right])) continue;
    add(fieldTerms(left, ends.left, negated, ends.flag));
    done.add(ends.left).add(ends.right);
  }
  for (const field of allFields) if (!done.has(field)) add(fieldTerms(left, field, negated));
  return terms;
}

const namespaceFlags: Readonly<Record<string, readonly [one: string, any: string]>> = {
  pod: ["namespace", "all-namespaces"],
  "from-pod": ["from-namespace", "from-all-namespaces"],
  "to-pod": ["to-namespace", "to-all-namespaces"],
};

/** All pods of a namespace are asked for by the namespace. */
function namespaceTerm(term: TermText): TermText {
  const flags = namespaceFlags[term.flag];
  const namespace = /^([^/]*)\/$/.exec(term.value ?? "")?.[1];
  if (!flags || namespace === undefined) return term;
  const [one, any] = flags;
  return namespace === ""
    ? { ...term, flag: any, value: undefined }
    : { ...term, flag: one, value: namespace };
}
