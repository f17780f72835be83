import type { TextRange } from "../../base/textRange.ts";
import { icmpTypes } from "../icmpTypes.ts";
import { kafkaApiKeys } from "../kafkaApiKeys.ts";
import type { PolicyKind } from "../policy.ts";
import type { Field, MapShape, Shape } from "../policyShape.ts";
import { holdsTemplate, yamlPieces } from "../yamlDocuments.ts";
import { documentSkeletons } from "./documentSkeletons.ts";
import { entityDoc, fieldDoc } from "./fieldDocs.ts";
import { blockSnippet, escaped, flowSnippet, type WritingStyle } from "./fieldSnippet.ts";
import { fieldsOf, policyKinds, shapeAt } from "./policyFields.ts";
import { listedWords } from "./listedWords.ts";
import { type Seen, seenLabelKeys, seenWords } from "./seenWords.ts";
import { type YamlCursor, yamlCursor } from "./yamlCursor.ts";
import { writingStyle } from "./writingStyle.ts";

/** Something that may be written at a place of a policy. */
export interface PolicyCompletion {
  readonly kind: "document" | "field" | "value";
  readonly label: string;
  /** A snippet, its lines with the white space that they begin with. */
  readonly insert: string;
  readonly doc?: string;
  /** In how many of the held flows it was seen. */
  readonly count?: number;
  /** The last version of Cilium that knows it. */
  readonly until?: string;
  /** Something else may be chosen where the cursor is then. */
  readonly goesOn?: true;
}

/** All that may be written at a place, the most likely first. */
export interface PolicyCompletions {
  /** What is replaced by what is chosen: it lies in one line, and holds the place. */
  readonly replace: TextRange;
  /** What the replaced part begins with, for comparing it with labels. */
  readonly quote: string;
  readonly items: readonly PolicyCompletion[];
}

/** A place in a policy of a known kind. */
interface Place {
  readonly kind: PolicyKind;
  readonly cursor: YamlCursor;
  /** From the policy on: of an item in a list of objects without what leads to it. */
  readonly path: readonly (string | number)[];
  readonly style: WritingStyle;
  readonly seen: Seen;
  /** What the list has that the place is in. */
  readonly listed: ReadonlySet<string>;
}

/** What may be written at an offset of a text; `undefined`: it is no place of a policy, or nothing is known of it. */
export function policyCompletions(text: string, offset: number, seen: Seen): PolicyCompletions | undefined {
  const piece = [...yamlPieces(text)].find((each) => offset <= each.offset + each.text.length);
  if (!piece || offset < piece.offset || holdsTemplate(piece.text)) return undefined;
  // On the line of the mark that begins it, a document has no room.
  const isBehindMark = piece.offset > 1 && !piece.text.slice(0, offset - piece.offset).includes("\n");
  const cursor = isBehindMark ? undefined : yamlCursor(piece.text, offset - piece.offset);
  if (!cursor) return undefined;
  const items = itemsAt(piece.text, cursor, seen);
  if (items.length === 0) return undefined;
  const { start, end } = cursor.replace;
  return {
    replace: { start: start + piece.offset, end: end + piece.offset },
    quote: cursor.quote,
    items,
  };
}

function itemsAt(text: string, cursor: YamlCursor, seen: Seen): readonly PolicyCompletion[] {
  const isListed = cursor.path[0] === "items" && /^kind: *["']?\w*List\b/m.test(text);
  const path = isListed ? cursor.path.slice(2) : cursor.path;
  const object = cursor.mappings[isListed ? 1 : 0];
  const written = object?.get("kind") || (isListed ? undefined : /^kind: *["']?(\w+)/m.exec(text)?.[1]);
  const version =
    object?.get("apiVersion") || (isListed ? undefined : /^apiVersion: *["']?([\w./]+)/m.exec(text)?.[1]);
  if (path.length === 1 && cursor.place === "value") {
    if (path[0] === "kind") return kindItems(version, cursor);
    if (path[0] === "apiVersion") return versionItems(written, cursor);
  }
  const kind = policyKinds.find((known) => known === written);
  if (kind === undefined) return isBlank(text, cursor) ? skeletonItems() : [];
  if (version !== undefined && !version.startsWith(groupOf(kind))) return [];
  const isInList = typeof path.at(-1) === "number" || cursor.place === "item" || cursor.place === "start";
  const listed: ReadonlySet<string> = isInList ? listedWords(text, cursor) : new Set();
  const place: Place = { kind, cursor, path, style: writingStyle(text), seen, listed };
  const shape = shapeAt(kind, path);
  return shape ? placeItems(place, shape) : [];
}

function placeItems(place: Place, shape: Shape): readonly PolicyCompletion[] {
  const { cursor, path } = place;
  switch (cursor.place) {
    case "key":
      if (shape.kind === "map") return fieldItems(place, shape, "");
      return shape.kind === "labels" ? labelItems(place, path) : [];
    case "item":
      return shape.kind === "list" ? dashItems(place, shape.items) : [];
    case "start":
      if (shape.kind === "map") return fieldItems(place, shape, "");
      if (shape.kind === "labels") return labelItems(place, path);
      return shape.kind === "list" ? dashItems(place, shape.items) : valueItems(place, shape, "");
    case "value":
      if (shape.kind === "list") return listItems(place, shape.items);
      if (shape.kind === "map") return selectsAll(place, shape);
      return valueItems(place, shape, "");
  }
}

/** Items of a list whose dash is not there yet. */
function dashItems(place: Place, items: Shape): readonly PolicyCompletion[] {
  if (items.kind === "map") return fieldItems(place, items, "- ");
  return items.kind === "labels" ? [] : valueItems(place, items, "- ");
}

/** Whole lists of one word, behind their key. */
function listItems(place: Place, items: Shape): readonly PolicyCompletion[] {
  const { cursor } = place;
  if (items.kind === "map" || items.kind === "list" || items.kind === "labels" || cursor.quote !== "")
    return [];
  const space = cursor.needsSpace ? " " : "";
  return wordsOf({ ...place, path: [...place.path, 0] }, items).map((word) => ({
    ...word,
    label: `[${word.label}]`,
    insert: `${space}[${escaped(written(word.label, items, place))}]`,
  }));
}

/** Selectors that select everything. */
function selectsAll({ cursor }: Place, shape: MapShape): readonly PolicyCompletion[] {
  if (!Object.hasOwn(shape.fields, "matchLabels") || cursor.quote !== "") return [];
  const doc = "Selects all of them.";
  return [{ kind: "value", label: "{}", insert: cursor.needsSpace ? " {\\}" : "{\\}", doc }];
}

function fieldItems(place: Place, shape: MapShape, dash: string): readonly PolicyCompletion[] {
  const { kind, cursor, path } = place;
  const holder = path.findLast((step) => typeof step === "string");
  const fields = fieldsOf(shape, kind).filter(([name]) => !cursor.taken.has(name) || dash !== "");
  const isOld = ([, field]: readonly [string, Field]): boolean => field.until !== undefined;
  const ordered = [...fields.filter((field) => !isOld(field)), ...fields.filter(isOld)];
  return ordered.map(([name, field]) => {
    const { text, goesOn } = fieldText(place, [name, field], dash);
    const doc = fieldDoc(name, holder);
    return {
      kind: "field",
      label: name,
      insert: text,
      ...(doc !== undefined && { doc }),
      ...(field.until !== undefined && { until: field.until }),
      ...(goesOn && { goesOn }),
    };
  });
}

function fieldText(
  { kind, cursor, style }: Place,
  [name, field]: readonly [string, Field],
  dash: string,
): { readonly text: string; readonly goesOn: boolean } {
  const { quote, column } = cursor;
  if (cursor.hasColon) return { text: `${quote}${name}${quote}`, goesOn: false };
  if (cursor.isFlow) {
    const { text, goesOn } = flowSnippet(name, field, quote);
    return { text: cursor.needsSpace ? ` ${text}` : text, goesOn };
  }
  const { text, goesOn } = blockSnippet(name, field, column + dash.length, style);
  // Kubernetes has numbers for ports.
  const own = kind === "NetworkPolicy" ? text.replace(/port: "(\$\d+)"/g, "port: $1") : text;
  return { text: dash + (quote === "" ? own : own.replace(name, `${quote}${name}${quote}`)), goesOn };
}

function labelItems(place: Place, path: Place["path"]): readonly PolicyCompletion[] {
  const { cursor, seen } = place;
  const keys = (seenLabelKeys(path, seen) ?? []).filter(({ value }) => !cursor.taken.has(value));
  return keys.map(({ value, count }) => {
    const key = `${cursor.quote}${escaped(value)}${cursor.quote}`;
    const insert = cursor.hasColon ? key : `${key}: $0`;
    return { kind: "value", label: value, insert, count, ...(!cursor.hasColon && { goesOn: true }) };
  });
}

function valueItems(place: Place, shape: Shape, dash: string): readonly PolicyCompletion[] {
  const space = place.cursor.needsSpace ? " " : "";
  const path = dash === "" ? place.path : [...place.path, 0];
  return wordsOf({ ...place, path }, shape).map((word) => ({
    ...word,
    insert: `${space}${dash}${escaped(written(word.label, shape, place))}`,
  }));
}

type Word = Omit<PolicyCompletion, "insert">;

/** What may stand at a place: what was seen first, by how often, then the rest of what is possible. */
function wordsOf(place: Place, shape: Shape): readonly Word[] {
  const { cursor, path, seen, listed } = place;
  const beside = cursor.mappings.at(-1) ?? new Map<string, string>();
  const possible = possibleWords(place, shape);
  const counted = seenWords({ path, beside }, seen).filter(
    ({ value }) => possible === undefined || isOpen(path) || possible.includes(value),
  );
  const words = counted.map(({ value, count }): Word => ({ kind: "value", label: value, count }));
  const others = (possible ?? []).filter((word) => !counted.some(({ value }) => value === word));
  const isEntity = /Entities$/.test(String(path.findLast((step) => typeof step === "string")));
  const all = [...words, ...others.map((label): Word => ({ kind: "value", label }))];
  const unlisted = all.filter(({ label }) => !listed.has(label));
  return unlisted.map((word) => {
    const doc = isEntity ? entityDoc(word.label) : undefined;
    return doc === undefined ? word : { ...word, doc };
  });
}

/** May something else stand there than the words that are known? */
function isOpen(path: Place["path"]): boolean {
  return path.at(-1) === "method" || path.at(-1) === "matchPattern";
}

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/** All words that may stand at a place; `undefined`: any. */
function possibleWords({ cursor, path }: Place, shape: Shape): readonly string[] | undefined {
  if (shape.kind === "boolean") return ["true", "false"];
  const [name, number, holder] = [path.at(-1), path.at(-2), path.at(-3)];
  if (name === "apiKey") return kafkaApiKeys;
  if (name === "method") return methods;
  if (name === "matchPattern") return ["*"];
  if (name === "type" && typeof number === "number" && holder === "fields") {
    const family = cursor.mappings.at(-1)?.get("family") === "IPv6" ? "IPv6" : "IPv4";
    return Object.keys(icmpTypes[family]);
  }
  return "words" in shape ? shape.words : undefined;
}

/** How a word is written at a place, so that it stays what it is. */
function written(word: string, shape: Shape, { kind, cursor, path }: Place): string {
  if (shape.kind === "boolean") return word;
  if (cursor.quote !== "") return inQuotes(word, cursor.quote);
  const isNumber = /^\d+$/.test(word);
  if (isNumber && (shape.kind === "integer" || shape.kind === "number-or-text")) return word;
  const isPort = path.includes("ports") && kind !== "NetworkPolicy";
  const isWord = /^[A-Za-z_/][\w./-]*$/.test(word) && !/^(y|n|yes|no|on|off|true|false|null)$/i.test(word);
  return isWord && !(isPort && isNumber) ? word : inQuotes(word, /[\\"]/.test(word) ? "'" : '"');
}

function inQuotes(word: string, quote: string): string {
  return quote === "'" ? `'${word.replaceAll("'", "''")}'` : `"${word.replace(/[\\"]/g, String.raw`\$&`)}"`;
}

function groupOf(kind: PolicyKind): string {
  return kind === "NetworkPolicy" ? "networking.k8s.io/" : "cilium.io/";
}

function kindItems(version: string | undefined, cursor: YamlCursor): readonly PolicyCompletion[] {
  const fitting = policyKinds.filter(
    (kind) => version === undefined || version === "" || version.startsWith(groupOf(kind)),
  );
  return fitting.map((label) => plainItem(label, cursor));
}

function versionItems(kind: string | undefined, cursor: YamlCursor): readonly PolicyCompletion[] {
  const known = policyKinds.find((each) => each === kind);
  if (kind !== undefined && known === undefined) return [];
  const versions = ["cilium.io/v2", "networking.k8s.io/v1"];
  return versions
    .filter((version) => known === undefined || version.startsWith(groupOf(known)))
    .map((label) => plainItem(label, cursor));
}

function plainItem(label: string, { quote, needsSpace }: YamlCursor): PolicyCompletion {
  return { kind: "value", label, insert: `${needsSpace ? " " : ""}${quote}${label}${quote}` };
}

/** Is there nothing in the document but the word that is being written, and comments? */
function isBlank(text: string, { replace, column }: YamlCursor): boolean {
  const rest = text.slice(0, replace.start) + text.slice(replace.end);
  return column === 0 && rest.replace(/^\s*#.*$/gm, "").trim() === "";
}

function skeletonItems(): readonly PolicyCompletion[] {
  return documentSkeletons.map(({ label, doc, text }) => ({ kind: "document", label, doc, insert: text }));
}
