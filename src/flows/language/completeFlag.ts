import type { CompletionItem } from "./completion.ts";
import type { TermText } from "./filterTerm.ts";
import { conflictBetween } from "./flagConflicts.ts";
import type { ObserveFlag } from "./observeFlag.ts";
import { isFilterLike, observeFlags } from "./observeFlags.ts";
import { quoteWord } from "./quoteWord.ts";
import { rankMatches } from "./rankMatches.ts";

/** Where a flag is about to be written. */
export interface FlagPlace {
  /** Right after `--not`. */
  readonly isNegated: boolean;
  /** The terms before it. */
  readonly terms: readonly TermText[];
  /** A space follows already. */
  readonly hasSpace: boolean;
}

/** The flags that what is written may become, and those of which it is a value: `drop` → `--verdict DROPPED`. */
export function completeFlag(prefix: string, place: FlagPlace): readonly CompletionItem[] {
  const written = prefix.replace(/^--?/, "");
  const fitting = observeFlags.filter((flag) => fits(flag, place));
  const flags = rankMatches(fitting, written, ({ name }) => name);
  const byShort = fitting.filter(({ short }) => prefix === `-${short ?? ""}`);
  const conflict = (flag: ObserveFlag): string | undefined => conflicting(flag, place);
  const free = [...new Set([...byShort, ...flags])].filter((flag) => conflict(flag) === undefined);
  const blocked = flags.filter((flag) => conflict(flag) !== undefined);
  return [
    ...free.map((flag) => flagItem(flag, place, flag.meaning)),
    ...(prefix.startsWith("-") || written.length < 2 ? [] : valueItems(written, place)),
    ...blocked.map((flag) => flagItem(flag, place, `Cannot be combined with --${conflict(flag) ?? ""}`)),
  ];
}

function fits(flag: ObserveFlag, { isNegated }: FlagPlace): boolean {
  if (!isNegated) return isFilterLike(flag);
  return (flag.group === "filter" || flag.group === "ours") && flag.name !== "not" && flag.name !== "rule";
}

/** A flag of the same list that it cannot stand beside. */
function conflicting(flag: ObserveFlag, { isNegated, terms }: FlagPlace): string | undefined {
  return terms.find((term) => term.negated === isNegated && conflictBetween(term.flag, flag.name))?.flag;
}

function flagItem(flag: ObserveFlag, { hasSpace }: FlagPlace, detail: string): CompletionItem {
  const needsMore = flag.value === "text" || flag.name === "not";
  return { label: `--${flag.name}`, insert: `--${flag.name}${needsMore && !hasSpace ? " " : ""}`, detail };
}

/** Whole terms whose value begins with what is written. */
function valueItems(written: string, place: FlagPlace): readonly CompletionItem[] {
  const wanted = written.toLowerCase();
  return observeFlags
    .filter((flag) => fits(flag, place) && flag.value === "text" && conflicting(flag, place) === undefined)
    .filter(({ name, group }) => group !== "range" && !/^(from|to)-/.test(name))
    .flatMap((flag) =>
      (flag.words ?? [])
        .filter((word) => word.toLowerCase().startsWith(wanted))
        .map((word) => {
          const term = `--${flag.name} ${quoteWord(word)}`;
          return { label: term, insert: term, detail: flag.meaning };
        }),
    );
}
