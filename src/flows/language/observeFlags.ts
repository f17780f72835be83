import { filterFlags } from "./filterFlags.ts";
import type { ObserveFlag } from "./observeFlag.ts";
import { optionFlags } from "./optionFlags.ts";
import { ourFlags } from "./ourFlags.ts";

/** Every flag that is understood, filters first. */
export const observeFlags: readonly ObserveFlag[] = [...filterFlags, ...ourFlags, ...optionFlags];

const byName = new Map(observeFlags.map((flag) => [flag.name, flag]));
const byShort = new Map(
  observeFlags.flatMap((flag) => (flag.short === undefined ? [] : [[flag.short, flag]])),
);

/** The flag with a name, given without dashes. */
export function flagNamed(name: string): ObserveFlag | undefined {
  return byName.get(name);
}

/** The flag with a one-letter name. */
export function flagWithShort(short: string): ObserveFlag | undefined {
  return byShort.get(short);
}

/** Does the flag say which flows: is it a term of a filter line? */
export function isFilterLike({ group }: ObserveFlag): boolean {
  return group !== "output" && group !== "server" && group !== "other";
}
