import type { Problem } from "../base/problem.ts";
import type { Folding } from "../policy/language/foldings.ts";
import type { PolicyCompletions } from "../policy/language/policyCompletions.ts";
import type { PolicyOutline } from "../policy/language/policySymbols.ts";

/** What the engine can be asked about the text of a policy document: see `EngineRequests`. */
export interface PolicyLanguageRequests {
  /**
   * What is wrong with an open document: answers as soon as there is another reading of it than `after` (0: any), as
   * when its text changed, or what policies are judged by. `null`: it is not open, or was closed.
   */
  readonly policyProblems: {
    params: { readonly uri: string; readonly after: number };
    reply: DocumentProblems | null;
  };
  /** What an outline shows of an open document, once that version of it or a newer one was read. `null`: as above. */
  readonly policyOutline: {
    params: { readonly uri: string; readonly version: number };
    reply: DocumentOutline | null;
  };
  /** What may be written at an offset of a text; `null`: nothing that is known of. */
  readonly policyCompletions: {
    params: { readonly text: string; readonly offset: number };
    reply: { readonly completions: PolicyCompletions | null };
  };
  /** What can be folded in a text. */
  readonly policyFoldings: {
    params: { readonly text: string };
    reply: { readonly foldings: readonly Folding[] };
  };
}

/** The problems of one version of a document. */
export interface DocumentProblems {
  readonly reading: number;
  readonly version: number;
  /** In the order of the text; of very many, the errors first. */
  readonly problems: readonly Problem[];
  /** So many more were left out. */
  readonly unlisted: number;
}

/** The outline of one version of a document. */
export interface DocumentOutline extends PolicyOutline {
  readonly version: number;
}
