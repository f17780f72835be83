import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  Parser,
  type YAMLError,
} from "yaml";
import type { Steps } from "../base/steps.ts";
import { areSimplePairs, type YamlNode, type YamlPair } from "./yamlNode.ts";

/** What a text says by all that YAML has. */
export interface WholeDocument {
  readonly contents: YamlNode | null;
  /** Do aliases stand for parts of it? */
  readonly hasAliases: boolean;
  /** By the order in which they were found; the first tell most. */
  readonly mistakes: readonly YamlMistake[];
}

export interface YamlMistake {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** What follows a document's first mistakes is mostly their consequence. */
export const mistakesListed = 20;

const tooDeep = "This document is nested more deeply than can be read.";

/** Tokens of the text that are taken in one step: a fraction of a millisecond. */
const tokensPerStep = 200;

/** What aliases of a document may stand for. */
export interface Anchors {
  /** By name the last node so far that carries it. */
  readonly nodes: Map<string, YamlNode>;
  /** Does an alias stand anywhere? */
  hasAliases: boolean;
}

/** Where a text that is part of a document belongs. */
export interface EntryPlace {
  /** What is taken from every offset. */
  readonly before: number;
  readonly anchors: Anchors;
}

/** Parses a text, of one document or several, with all that YAML has. */
export function* parseWholly(text: string, place?: EntryPlace): Steps<readonly WholeDocument[]> {
  const before = place?.before ?? 0;
  try {
    const documents: WholeDocument[] = [];
    for (const document of yield* compose(text)) {
      const anchors = place?.anchors ?? { nodes: new Map<string, YamlNode>(), hasAliases: false };
      const contents = convert(document.contents, { text, before, anchors });
      documents.push({
        contents,
        hasAliases: anchors.hasAliases,
        mistakes: firstMistakes(document.errors).map(({ code, message, pos: [start, end] }) => ({
          message: code === "RESOURCE_EXHAUSTION" ? tooDeep : message,
          start: start - before,
          end: end - before,
        })),
      });
      yield;
    }
    return documents;
  } catch (error) {
    // The parser is recursive: a document nested thousands of levels deep exhausts its stack.
    const reason = error instanceof Error ? error.message : String(error);
    const message = error instanceof RangeError ? tooDeep : `This document cannot be read: ${reason}`;
    const mistakes = [{ message, start: -before, end: text.length - before }];
    return [{ contents: null, hasAliases: false, mistakes }];
  }
}

function* compose(text: string): Steps<readonly Document[]> {
  const parser = new Parser();
  // The failsafe schema keeps every scalar as it is written: what Kubernetes makes of it is decided by the reader.
  const composer = new Composer({
    schema: "failsafe",
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
  });
  const documents: Document[] = [];
  let tokens = 0;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    tokens += 1;
    if (tokens % tokensPerStep === 0) yield;
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  return documents;
}

/** Each bracket that is not closed is a mistake at the same place: the first ones say it all. */
function firstMistakes(errors: readonly YAMLError[]): readonly YAMLError[] {
  const byPlace = new Map(errors.map((error) => [`${error.pos[0]} ${error.message}`, error]));
  return [...byPlace.values()].slice(0, mistakesListed);
}

interface Conversion {
  readonly text: string;
  readonly before: number;
  readonly anchors: Anchors;
}

function convert(node: Node | null, conversion: Conversion): YamlNode | null {
  if (node === null) return null;
  const place = placeOf(node, conversion);
  if (isAlias(node)) {
    conversion.anchors.hasAliases = true;
    return { kind: "alias", target: conversion.anchors.nodes.get(node.source), ...place };
  }
  const { anchor } = node as { readonly anchor?: string };
  const remember = (converted: YamlNode): YamlNode => {
    if (anchor !== undefined && anchor !== "") conversion.anchors.nodes.set(anchor, converted);
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
    const list = { kind: "list" as const, items, ...place };
    remember(list);
    for (const item of node.items) items.push(convert(item as Node | null, conversion));
    if (node.flow !== true) list.end = endOf(list, items.at(-1)?.end, conversion);
    return list;
  }
  if (!isMap(node)) return null;
  const pairs: YamlPair[] = [];
  const map = { kind: "map" as const, pairs, isSimple: false, ...place };
  remember(map);
  for (const { key, value } of node.items) {
    pairs.push({
      key: convert(key as Node | null, conversion),
      value: convert(value as Node | null, conversion),
    });
  }
  const last = pairs.at(-1);
  if (node.flow !== true) map.end = endOf(map, last?.value?.end ?? last?.key?.end, conversion);
  map.isSimple = areSimplePairs(pairs);
  return map;
}

/** A node's stretch, without the white space after it. */
function placeOf(node: Node, { text, before }: Conversion): { readonly start: number; readonly end: number } {
  const [start = 0, last = 0] = node.range ?? [];
  let end = Math.min(last, text.length);
  while (end > start && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return { start: Math.min(start, text.length) - before, end: end - before };
}

/** A block ends with its last part, whatever comments follow. */
function endOf(
  block: { readonly start: number; readonly end: number },
  last: number | undefined,
  { text, before }: Conversion,
): number {
  let end = last ?? block.end;
  while (end > block.start && isSpace(text.charCodeAt(end + before - 1))) end -= 1;
  return end;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0 || code === 0xfeff;
}
