import type { Problem } from "../base/problem.ts";
import type { Steps } from "../base/steps.ts";
import { parseJson } from "./quickJson.ts";
import { parseQuickly } from "./quickYaml.ts";
import { parseWholly } from "./wholeYaml.ts";
import type { YamlNode } from "./yamlNode.ts";

/** One YAML document of a text, parsed as far as it goes. */
export interface YamlDocument {
  readonly contents: YamlNode | null;
  /** Where the document's nodes' offsets start to count in the whole text. */
  readonly offset: number;
  readonly text: string;
  /** Do aliases stand for parts of it, so that it may say much more than is written? */
  readonly hasAliases: boolean;
  readonly problems: readonly Problem[];
}

/** A stretch of a text between the marks of documents. */
export interface YamlPiece {
  readonly text: string;
  readonly offset: number;
}

/**
 * Splits a text into pieces, mostly of one document each, to be read by themselves, so that a broken one leaves the
 * others whole: a `---` at the start of a line ends a document even inside a quoted scalar or a flow collection left
 * open.
 */
export function* yamlPieces(text: string): Generator<YamlPiece> {
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  for (const mark of text.matchAll(/^---(?=\s|$)/gm)) {
    yield { text: text.slice(start, mark.index), offset: start };
    start = mark.index + 3;
  }
  yield { text: text.slice(start), offset: start };
}

/** Templates of Helm are no policies yet: what they will say is not known here. */
export function holdsTemplate(piece: string): boolean {
  return piece.includes("{{") && /^[^#\n]*\{\{/m.test(piece);
}

/** Parses a piece: by a short way, where it is JSON, or written plainly enough. */
export function* parsePiece({ text, offset }: YamlPiece): Steps<readonly YamlDocument[]> {
  const json = yield* parseJson(text);
  const quick = json ? { contents: json, hasAliases: false, mistakes: [] } : yield* parseQuickly(text);
  const documents = quick ? [quick] : yield* parseWholly(text);
  return documents.map(({ contents, hasAliases, mistakes }) => ({
    contents,
    offset,
    text,
    hasAliases,
    problems: mistakes.map(({ message, start, end }) => ({
      severity: "error",
      code: "yaml-syntax",
      message,
      range: within(start + offset, end + offset, offset + text.length),
    })),
  }));
}

function within(start: number, end: number, limit: number) {
  return { start: Math.min(start, limit), end: Math.min(Math.max(end, start), limit) };
}
