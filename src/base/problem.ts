import type { TextRange } from "./textRange.ts";

/** How much a problem weighs: an `error` makes the input invalid, a `warning` does not, a `hint` is for the curious. */
export type Severity = "error" | "warning" | "hint";

/** Something wrong with what a person wrote: data, never an exception. */
export interface Problem {
  readonly severity: Severity;
  /** Stable and kebab-case, for suppression and documentation links. */
  readonly code: string;
  readonly message: string;
  readonly range: TextRange;
  /** What to write in place of the range, or of {@link fixRange}, where it is likely what was meant. */
  readonly fix?: string;
  /** Where to write it, when that is not over the range: empty for what is put in. */
  readonly fixRange?: TextRange;
}
