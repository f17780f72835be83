import { RE2JS } from "re2js";

/** A compiled RE2 pattern: matching takes time linear in the text, whatever the pattern is. */
export interface Pattern {
  readonly source: string;
  /** Does the pattern match somewhere in the text? */
  matches(text: string): boolean;
  /** Does the pattern match the text from its first to its last character? */
  matchesWhole(text: string): boolean;
}

/** Compiles a pattern in RE2 syntax (as Go and Envoy have it), or says in RE2's words why it cannot be one. */
export function compilePattern(source: string): Pattern | { readonly error: string } {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(source);
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
  return {
    source,
    matches: (text) => compiled.test(text),
    matchesWhole: (text) => compiled.testExact(text),
  };
}
