import { type Document, isAlias, isNode, type Node, parseAllDocuments, visit, type YAMLError } from "yaml";
import type { Problem } from "../base/problem.ts";

/** One YAML document of a text, parsed as far as it goes. */
export interface YamlDocument {
  readonly contents: Node | null;
  /** Where the document's nodes' offsets start to count in the whole text. */
  readonly offset: number;
  readonly text: string;
  /** What each alias stands for. */
  readonly targets: ReadonlyMap<Node, Node>;
  readonly problems: readonly Problem[];
}

/** What follows a document's first mistakes is mostly their consequence. */
const mistakesListed = 20;

const tooDeep = "This document is nested more deeply than can be read.";

/**
 * Splits a text into YAML documents and parses each by itself, so that a broken one leaves the others whole.
 * Pieces without any of the words are not even parsed.
 */
export function readYamlDocuments(text: string, words: readonly string[]): readonly YamlDocument[] {
  const documents: YamlDocument[] = [];
  for (const { start, end } of pieces(text)) {
    const piece = text.slice(start, end);
    if (!words.some((word) => piece.includes(word)) || holdsTemplate(piece)) continue;
    documents.push(...parsePiece(piece, start));
  }
  return documents;
}

/** A `---` at the start of a line ends a document even inside a quoted scalar or a flow collection left open. */
function pieces(text: string): readonly { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let start = text.startsWith("\uFEFF") ? 1 : 0;
  for (const mark of text.matchAll(/^---(?=\s|$)/gm)) {
    found.push({ start, end: mark.index });
    start = mark.index + 3;
  }
  found.push({ start, end: text.length });
  return found;
}

/** Templates of Helm are no policies yet: what they will say is not known here. */
function holdsTemplate(piece: string): boolean {
  return piece.includes("{{") && /^[^#\n]*\{\{/m.test(piece);
}

function parsePiece(piece: string, offset: number): readonly YamlDocument[] {
  try {
    // The failsafe schema keeps every scalar as it is written: what Kubernetes makes of it is decided by the reader.
    const parsed = parseAllDocuments(piece, {
      schema: "failsafe",
      uniqueKeys: false,
      prettyErrors: false,
      logLevel: "silent",
    });
    const documents: readonly Document[] = "empty" in parsed ? [] : parsed;
    return documents.map((document) => ({
      contents: isNode(document.contents) ? document.contents : null,
      offset,
      text: piece,
      targets: piece.includes("*") ? aliasTargets(document) : new Map<Node, Node>(),
      problems: firstMistakes(document.errors).map(({ code, message, pos: [start, end] }) => ({
        severity: "error",
        code: "yaml-syntax",
        message: code === "RESOURCE_EXHAUSTION" ? tooDeep : message,
        range: within(start + offset, end + offset, offset + piece.length),
      })),
    }));
  } catch (error) {
    // The parser is recursive: a document nested thousands of levels deep exhausts its stack.
    const message = error instanceof Error ? error.message : String(error);
    return [
      {
        contents: null,
        offset,
        text: piece,
        targets: new Map(),
        problems: [
          {
            severity: "error",
            code: "yaml-syntax",
            message: error instanceof RangeError ? tooDeep : `This document cannot be read: ${message}`,
            range: { start: offset, end: offset + piece.length },
          },
        ],
      },
    ];
  }
}

/** Each bracket that is not closed is a mistake at the same place: the first ones say it all. */
function firstMistakes(errors: readonly YAMLError[]): readonly YAMLError[] {
  const byPlace = new Map(errors.map((error) => [`${error.pos[0]} ${error.message}`, error]));
  return [...byPlace.values()].slice(0, mistakesListed);
}

function within(start: number, end: number, limit: number) {
  return { start: Math.min(start, limit), end: Math.min(Math.max(end, start), limit) };
}

/** An alias stands for the last node before it that carries its anchor: found in one pass over the document. */
function aliasTargets(document: Document): ReadonlyMap<Node, Node> {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) {
        const target = anchors.get(node.source);
        if (target) targets.set(node, target);
      } else if (node.anchor) {
        anchors.set(node.anchor, node);
      }
    },
  });
  return targets;
}
