import type { TextRange } from "../../base/textRange.ts";

/** One thing that a filter line asks: `--not --to-port 53`. */
export interface FilterTerm extends TermText {
  /** From the first dash (of `--not`, when it stands right before) to the end of the value. */
  readonly range: TextRange;
  /** The value as written, quotes included; absent when none is written. */
  readonly valueRange: TextRange | undefined;
}

/** A term without its place. */
export interface TermText {
  /** The long name without dashes. */
  readonly flag: string;
  readonly negated: boolean;
  /** Absent: the flag stands alone. */
  readonly value: string | undefined;
}
