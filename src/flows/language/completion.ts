import type { TextRange } from "../../base/textRange.ts";
import type { SuggestionKind } from "./suggestionKind.ts";

/** What can be written at a place in a filter line. */
export interface Completion {
  /** What is replaced: a flag, a value, or a part of one; empty between words. */
  readonly range: TextRange;
  /** The likeliest first. */
  readonly items: readonly CompletionItem[];
  /** Values that were seen are worth offering, too: each goes to {@link range}, quoted as `quoteWord` does. */
  readonly wanted?: {
    readonly kind: SuggestionKind;
    /** What is written of the value, without quotes. */
    readonly prefix: string;
  };
}

/** One of the things that can be written. */
export interface CompletionItem {
  readonly label: string;
  /** Ends with a space where a value comes next. */
  readonly insert: string;
  /** One line. */
  readonly detail: string;
}
