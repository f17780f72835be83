import type { TextRange } from "../../base/textRange.ts";
import type { Completion } from "./completion.ts";
import type { ObserveFlag } from "./observeFlag.ts";
import { quoteWord } from "./quoteWord.ts";
import { rankMatches } from "./rankMatches.ts";

/** Completes the value of a flag: the words that it knows, and the kind of values that may have been seen. */
export function completeValue(flag: ObserveFlag, prefix: string, range: TextRange): Completion {
  const items = rankMatches(flag.words ?? [], prefix, (word) => word).map((word) => ({
    label: word,
    insert: quoteWord(word),
    detail: flag.meaning,
  }));
  return { range, items, ...(flag.seen && { wanted: { kind: flag.seen, prefix } }) };
}

/** Where the last part of a value begins that may hold several with commas between them. */
export function lastPart(flag: ObserveFlag, written: string): number {
  const isList = flag.name === "tcp-flags" || flag.name.endsWith("label");
  const comma = written.lastIndexOf(",") + 1;
  // Within app in (a,b) commas part no labels.
  return isList && !written.slice(0, comma).includes("(") ? comma : 0;
}
