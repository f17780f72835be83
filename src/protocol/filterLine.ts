/** The part of the panel's contract that is about its filter line. */

/** A filter with a name, kept in the settings of a workspace or of the person. */
export interface SavedFilter {
  readonly name: string;
  readonly text: string;
  readonly scope: SavedFilterScope;
}

/** Where a filter is saved: for everybody who opens the workspace, or for one person everywhere. */
export type SavedFilterScope = "workspace" | "user";

/** What a person may want to filter by again. */
export interface FilterLists {
  /** The newest first, each once. */
  readonly recent: readonly string[];
  readonly saved: readonly SavedFilter[];
}

/** The longest text of a filter that is read: whatever is longer was never written by a person. */
export const maxFilterLength = 20_000;

/** The texts that the filter line shows by itself, in the person's language. */
export interface FilterTexts {
  readonly filter: string;
  readonly placeholder: string;
  readonly clear: string;
  readonly lists: string;
  readonly recent: string;
  readonly saved: string;
  readonly nothingSaved: string;
  readonly save: string;
  readonly removeSaved: string;
  /** Says of a saved filter that it is the workspace's. */
  readonly workspace: string;
  readonly completions: string;
  /** `{0}` is a number. */
  readonly completionCount: string;
  /** `{0}` is a number: how many held flows have a value. */
  readonly flowCount: string;
  /** `{0}` is what was probably meant: a button writes it. */
  readonly fix: string;
  /** `{0}` is the filter that the table still shows. */
  readonly stillShows: string;
  readonly stillShowsAll: string;
  readonly terms: string;
  /** What keys do on a term. */
  readonly termKeys: string;
  /** `{0}` is the term. */
  readonly editTerm: string;
  readonly removeTerm: string;
  readonly negateTerm: string;
  readonly affirmTerm: string;
  /** `{0}` is a flag and its value. */
  readonly not: string;
}
