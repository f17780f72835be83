import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseAllDocuments,
  type YAMLError,
} from "yaml";
import type { Problem } from "../base/problem.ts";
import { parseQuickly } from "./quickYaml.ts";
import type { YamlNode } from "./yamlNode.ts";

/** One YAML document of a text, parsed as far as it goes. */
export interface YamlDocument {
  readonly contents: YamlNode | null;
  /** Where the document's nodes' offsets start to count in the whole text. */
  readonly offset: number;
  readonly text: string;
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

/** Documents of this size are first tried as plain ones. Smaller ones gain nothing by it. */
const largeCharacters = 50_000;

function parsePiece(piece: string, offset: number): readonly YamlDocument[] {
  const contents = piece.length < largeCharacters ? undefined : parseQuickly(piece);
  return contents ? [{ contents, offset, text: piece, problems: [] }] : parseWholly(piece, offset);
}

/** Parses a text with all that YAML has. */
export function parseWholly(piece: string, offset: number): readonly YamlDocument[] {
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
      contents: convert(document.contents, { text: piece, anchors: new Map() }),
      offset,
      text: piece,
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

interface Conversion {
  readonly text: string;
  /** An alias stands for the last node before it that carries its anchor. */
  readonly anchors: Map<string, YamlNode>;
}

function convert(node: Node | null, conversion: Conversion): YamlNode | null {
  if (node === null) return null;
  const place = placeOf(node, conversion.text);
  if (isAlias(node)) return { kind: "alias", target: conversion.anchors.get(node.source), ...place };
  const { anchor } = node as { readonly anchor?: string };
  const remember = (converted: YamlNode): YamlNode => {
    if (anchor !== undefined && anchor !== "") conversion.anchors.set(anchor, converted);
    return converted;
  };
  if (isScalar(node)) {
    const text = typeof node.value === "string" ? node.value : "";
    const plain = node.type === "PLAIN" && node.tag !== "tag:yaml.org,2002:str";
    return remember({ kind: "scalar", text, plain, ...place });
  }
  // What stands within a collection may name the collection: it is known before its parts are.
  if (isSeq(node)) {
    const items: (YamlNode | null)[] = [];
    const list = remember({ kind: "list", items, ...place });
    for (const item of node.items) items.push(convert(item as Node | null, conversion));
    return list;
  }
  if (!isMap(node)) return null;
  const pairs: { key: YamlNode | null; value: YamlNode | null }[] = [];
  const map = remember({ kind: "map", pairs, ...place });
  for (const { key, value } of node.items) {
    pairs.push({
      key: convert(key as Node | null, conversion),
      value: convert(value as Node | null, conversion),
    });
  }
  return map;
}

/** A node's stretch, without the white space after it. */
function placeOf(node: Node, text: string): { readonly start: number; readonly end: number } {
  const [start = 0, last = 0] = node.range ?? [];
  let end = Math.min(last, text.length);
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return { start: Math.min(start, text.length), end };
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0 || code === 0xfeff;
}
