import type { Problem } from "../base/problem.ts";
import { nearestWord } from "../base/nearestWord.ts";
import type { TextRange } from "../base/textRange.ts";
import type { YamlFields, YamlValue } from "./yamlValue.ts";

/** The part of a problem that says how it is most likely mended; empty: nobody can tell. */
export type Mend = Pick<Problem, "fix" | "fixRange">;

const unknown: Mend = {};

/** The known word that a value most likely means, in the quotes that it has. */
export function wordMend(value: YamlValue, known: readonly string[]): Mend {
  const likely = nearestWord(value.words ?? "", known);
  return likely === undefined || likely === value.words ? unknown : textMend(value, likely);
}

/** Another text in place of a value, in the quotes that it has. */
export function textMend(value: YamlValue, words: string): Mend {
  const written = writtenScalar(value);
  return written === undefined ? unknown : { fix: inQuotesOf(written, words) };
}

/** Another name in place of a key, in the quotes that it has. */
export function keyMend(fields: YamlFields, name: string, other: string): Mend {
  const range = fields.keyRange(name);
  if (!range) return unknown;
  const written = slice(fields.owner, range);
  if (written !== name && !/^["']/.test(written)) return unknown;
  return { fix: inQuotesOf(written, other), fixRange: range };
}

/** The same letters as a text. */
export function quotedMend(value: YamlValue): Mend {
  const written = writtenScalar(value);
  return written === undefined || written !== value.words ? unknown : { fix: `"${written}"` };
}

/** A scalar as something that is no text: without quotes. */
export function plainMend(value: YamlValue, words: string): Mend {
  const written = writtenScalar(value);
  return written === undefined || written === words ? unknown : { fix: words };
}

/** A value as the only item of a list, mappings in one of mappings; only what stands in one line. */
export function listMend(value: YamlValue, items: "mappings" | "words"): Mend {
  const written = slice(value, value.range);
  const isOne = items === "mappings" ? written.startsWith("{") : writtenScalar(value) !== undefined;
  return isOne && !written.includes("\n") && !/[,\]]/.test(plainPart(written))
    ? { fix: `[${written}]` }
    : unknown;
}

function plainPart(written: string): string {
  return /^["'{]/.test(written) ? "" : written;
}

/** A mapping without one of its fields; the last one that it has stays. */
export function removalMend(fields: YamlFields, name: string): Mend {
  const { owner } = fields;
  if (owner.reading.document.hasAliases || fields.all().length < 2) return unknown;
  const { start, end } = inDocument(owner, fields.fieldRange(name));
  const { text } = owner.reading.document;
  const range = isFlow(owner) ? flowRemoval(text, { start, end }) : blockRemoval(text, { start, end });
  return range ? { fix: "", fixRange: inText(owner, range) } : unknown;
}

function flowRemoval(text: string, { start, end }: TextRange): TextRange | undefined {
  const before = text.slice(0, start).trimEnd();
  if (before.endsWith(",")) return { start: before.length - 1, end };
  const comma = /^\s*,[ \t]*/.exec(text.slice(end, end + 100));
  return comma ? { start, end: end + comma[0].length } : undefined;
}

/** Whole lines, where the field has them for itself. */
function blockRemoval(text: string, { start, end }: TextRange): TextRange | undefined {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const rest = /[ \t]*(?:#.*)?(\r?\n|$)/y;
  rest.lastIndex = end;
  const after = rest.exec(text);
  if (!after || text.slice(lineStart, start).trim() !== "") return undefined;
  const lineEnd = end + after[0].length;
  if (after[1] !== "") return { start: lineStart, end: lineEnd };
  const before = text.slice(0, lineStart).replace(/\r?\n$/, "").length;
  return { start: before, end: lineEnd };
}

/** A mapping with one more field at its end; `write` says its value, given how texts are quoted there. */
export function additionMend(
  fields: YamlFields,
  name: string,
  write: (quoted: (text: string) => string) => string,
): Mend {
  const { owner } = fields;
  const { text, hasAliases } = owner.reading.document;
  const { start, end } = inDocument(owner, owner.range);
  if (hasAliases || end <= start) return unknown;
  if (isFlow(owner)) {
    if (text[end - 1] !== "}" || fields.all().length === 0) return unknown;
    const isJson = /^\{\s*"/.test(text.slice(start, end));
    const quoted = isJson ? JSON.stringify : String;
    const at = text.slice(0, end - 1).trimEnd().length;
    return insertion(owner, at, `, ${quoted(name)}: ${write(quoted as (text: string) => string)}`);
  }
  const newline = text.indexOf("\n", end);
  const lineEnd = newline === -1 ? text.length : newline;
  const isCrLf = text[lineEnd - 1] === "\r";
  const indent = " ".repeat(columnOf(text, start));
  const at = isCrLf ? lineEnd - 1 : lineEnd;
  return insertion(owner, at, `${isCrLf ? "\r\n" : "\n"}${indent}${name}: ${write(String)}`);
}

/** A mapping that begins with one more field; only where it stands in lines. */
export function firstFieldMend(fields: YamlFields, name: string, value: string): Mend {
  const { owner } = fields;
  if (isFlow(owner)) return unknown;
  const { text } = owner.reading.document;
  const { start } = inDocument(owner, owner.range);
  // Behind a tag there is no room.
  if (/[^\s-]/.test(text.slice(start - columnOf(text, start), start))) return unknown;
  const newline = /\r?\n/.exec(text)?.[0] ?? "\n";
  return insertion(owner, start, `${name}: ${value}${newline}${" ".repeat(columnOf(text, start))}`);
}

/** A list of words with one more at its end. */
export function itemMend(list: YamlValue, word: string): Mend {
  const last = list.asList()?.at(-1);
  const { text, hasAliases } = list.reading.document;
  if (!last || hasAliases) return unknown;
  const written = writtenScalar(last);
  if (written === undefined) return unknown;
  const { end } = inDocument(last, last.range);
  if (slice(list, list.range).startsWith("[")) return insertion(list, end, `, ${inQuotesOf(written, word)}`);
  const { start } = inDocument(last, last.itemRange);
  const newline = text.lastIndexOf("\r\n", start) === -1 ? "\n" : "\r\n";
  return insertion(list, end, `${newline}${" ".repeat(columnOf(text, start))}- ${inQuotesOf(written, word)}`);
}

function insertion(owner: YamlValue, at: number, fix: string): Mend {
  return { fix, fixRange: inText(owner, { start: at, end: at }) };
}

/** How a scalar is written, when that is in one line, and not by an alias. */
function writtenScalar(value: YamlValue): string | undefined {
  const written = slice(value, value.range);
  if (value.node?.kind !== "scalar" || written === "" || written.includes("\n")) return undefined;
  const isQuoted = /^(["']).*\1$/.test(written);
  return isQuoted || written === value.node.text ? written : undefined;
}

function inQuotesOf(written: string, words: string): string {
  if (written.startsWith('"')) return JSON.stringify(words);
  return written.startsWith("'") ? `'${words.replaceAll("'", "''")}'` : words;
}

function isFlow(value: YamlValue): boolean {
  return slice(value, value.range).startsWith("{");
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf("\n", at - 1) + 1);
}

function slice({ reading }: YamlValue, { start, end }: TextRange): string {
  const { text, offset } = reading.document;
  return text.slice(start - offset, end - offset);
}

function inDocument({ reading }: YamlValue, { start, end }: TextRange): TextRange {
  const { offset } = reading.document;
  return { start: start - offset, end: end - offset };
}

function inText({ reading }: YamlValue, { start, end }: TextRange): TextRange {
  const { offset } = reading.document;
  return { start: start + offset, end: end + offset };
}
