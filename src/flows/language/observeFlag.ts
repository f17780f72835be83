import type { SuggestionKind } from "./suggestionKind.ts";

/**
 * What a flag is about: it filters (as the `hubble` CLI does, or only here: `ours`), it gives filters as JSON (`raw`),
 * it says which stretch of time, what is printed, which server is asked, or something else.
 */
export type FlagGroup = "filter" | "ours" | "raw" | "range" | "output" | "server" | "other";

/** One flag of `hubble observe`, or of ours. */
export interface ObserveFlag {
  /** Without dashes. */
  readonly name: string;
  readonly short?: string;
  readonly group: FlagGroup;
  /** `none`: it stands alone, and a value can only be given as `--flag=value`. */
  readonly value: "none" | "text";
  /** What it takes, for help and messages: `PORT`. Absent where {@link value} is `none`. */
  readonly takes?: string;
  /** One line, for completion and help. */
  readonly meaning: string;
  /** Values that are known beforehand; others may be right, too. */
  readonly words?: readonly string[];
  /** Values of this kind are worth suggesting from what was seen. */
  readonly seen?: SuggestionKind;
}
