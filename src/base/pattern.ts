import { RE2JS } from "re2js";

/** A compiled RE2 pattern: matching takes time linear in the text, whatever the pattern is. */
export interface Pattern {
  readonly source: string;
  /** Does the pattern match somewhere in the text? */
  matches(text: string): boolean;
  /** Does the pattern match the text from its first to its last character? */
  matchesWhole(text: string): boolean;
}

/**
 * Compiles a pattern in RE2 syntax (as Go and Envoy have it), or says in RE2's words why it cannot be one. A pattern
 * that is surely one is compiled when it is first asked: of the thousands that a file may hold, few ever are.
 */
export function compilePattern(source: string): Pattern | { readonly error: string } {
  if (source.length <= longestSurelyValid) {
    if (isLiteral.test(source)) {
      return {
        source,
        matches: (text) => text.includes(source),
        matchesWhole: (text) => text === source,
      };
    }
    if (isSurelyValid.test(source)) return compiledWhenAsked(source);
  }
  try {
    return of(source, RE2JS.compile(source));
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** RE2 refuses patterns that compile to too much; those that repeat nothing by number do so only when they are long. */
const longestSurelyValid = 500;

/** Letters that stand for themselves. */
const isLiteral = /^[-\w/ ~,:;=&@%#!"'<>]*$/;

/** One of these per character, so that telling takes time linear in the pattern: a letter, an escape, a simple class. */
const atom = String.raw`(?:[-\w/ ~,:;=&@%#!"'<>.]|\\[./?+*()[\]{}|^$dDsSwW-]|\[\^?[a-zA-Z0-9_.]+\]|\[(?:a-z|A-Z|0-9|_)+\])`;
const sequence = `(?:${atom}[*+?]?)*`;
const group = String.raw`\((?:\?:)?${sequence}(?:\|${sequence})*\)[*+?]?`;
const isSurelyValid = new RegExp(String.raw`^\^?(?:${atom}[*+?]?|${group})*\$?$`);

function compiledWhenAsked(source: string): Pattern {
  let compiled: RE2JS | undefined;
  const pattern = (): RE2JS => (compiled ??= RE2JS.compile(source));
  return {
    source,
    matches: (text) => pattern().test(text),
    matchesWhole: (text) => pattern().testExact(text),
  };
}

function of(source: string, compiled: RE2JS): Pattern {
  return {
    source,
    matches: (text) => compiled.test(text),
    matchesWhole: (text) => compiled.testExact(text),
  };
}
