import type { TextRange } from "../../base/textRange.ts";
import { type FlowFrame, flowKeysAfter, scanFlow, unquoted } from "./flowCursor.ts";

/** A place in a YAML document that is being written, however much of it is missing or broken. */
export interface YamlCursor {
  /**
   * `key`: a key of the mapping at `path`. `value`: what stands at `path`, behind its key or dash. `start`: what stands
   * at `path`, on a line of its own, so that it may still become anything. `item`: another item of the list at `path`,
   * without its dash.
   */
  readonly place: "key" | "value" | "start" | "item";
  /** Keys, and numbers of items, from the document on. */
  readonly path: readonly (string | number)[];
  /** The mappings on the way, the outermost first, with their keys and what stands behind them in one line. */
  readonly mappings: readonly ReadonlyMap<string, string>[];
  /** The keys that the mapping has elsewhere; of a `key` only. */
  readonly taken: ReadonlySet<string>;
  /** What was typed of the word before the cursor, without its quote. */
  readonly typed: string;
  /** The whole word around the cursor, quotes included: what is chosen takes its place. */
  readonly replace: TextRange;
  readonly quote: "" | '"' | "'";
  /** Where the word stands in its line. */
  readonly column: number;
  readonly isFlow: boolean;
  /** Is a colon behind the word already? */
  readonly hasColon: boolean;
  /** The word stands right behind a colon, and needs white space before it. */
  readonly needsSpace: boolean;
}

type Frame =
  | {
      readonly kind: "map";
      readonly indent: number;
      key: string;
      readonly keys: Map<string, string>;
      child: Child | undefined;
    }
  | { readonly kind: "list"; readonly indent: number; index: number; child: Child | undefined };

/** What a key, or an item, holds on lines of its own. */
interface Child {
  readonly kind: "map" | "list";
  readonly indent: number;
}

const keyPattern =
  /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s"'#{}[\],&*!|>%@`](?:[^:#]|:(?=\S)|(?<=\S)#)*?))\s*:(?=\s|$)/;
/** Lines that are looked through for the keys that come after a place. */
const mostLinesAfter = 5_000;

/** Where an offset of a YAML document (the text between two `---`) stands; `undefined`: where nothing can be completed. */
export function yamlCursor(text: string, offset: number): YamlCursor | undefined {
  const lineStart = startOfLine(text, offset);
  const above = linesAbove(text, lineStart);
  const by = lineStart - above.length;
  const cursor = cursorBelow(above + text.slice(lineStart), offset - by);
  if (!cursor) return undefined;
  return { ...cursor, replace: { start: cursor.replace.start + by, end: cursor.replace.end + by } };
}

/**
 * The lines above a line that say where it stands: those that hold it, and what stands beside those. Of a list all items
 * but the last are left out, so that a long document is not read from its beginning.
 */
function linesAbove(text: string, lineStart: number): string {
  const kept: string[] = [];
  let least = Number.POSITIVE_INFINITY;
  /** Dashes in this column, and further in, belong to earlier items. */
  let dashes = Number.POSITIVE_INFINITY;
  for (let end = lineStart - 1; end >= 0; ) {
    const start = startOfLine(text, end);
    const indent = indentOf(text, start, end);
    const first = text[start + indent];
    const isBlank = first === "#" || first === "\r" || start + indent === end;
    const isDash = first === "-" && /\s/.test(text[start + indent + 1] ?? " ");
    if (!isBlank && indent <= least && !(isDash && indent >= dashes)) {
      kept.push(text.slice(start, end + 1));
      least = indent;
      if (isDash) dashes = indent;
    }
    end = start - 1;
  }
  return kept.reverse().join("");
}

function cursorBelow(text: string, offset: number): YamlCursor | undefined {
  const lineStart = startOfLine(text, offset);
  const frames: Frame[] = [];
  let at = 0;
  while (at < lineStart) {
    const next = readLine(text, at, { frames, limit: offset });
    if (next === undefined) return undefined;
    if (typeof next !== "number") return flowCursor(text, offset, { frames, flow: next.flow });
    at = next;
  }
  // A text of several lines, or a flow collection, that ends on the cursor's line.
  return at > lineStart ? undefined : cursorInLine(text, { lineStart, offset }, frames);
}

/** Reads a line, with all lines of what it begins; answers where the next one starts, or the flow that holds `limit`. */
function readLine(
  text: string,
  start: number,
  { frames, limit }: { readonly frames: Frame[]; readonly limit: number },
): number | { readonly flow: number } | undefined {
  const newline = text.indexOf("\n", start);
  const end = newline === -1 ? text.length : newline;
  let column = indentOf(text, start, end);
  let rest = text.slice(start + column, end).trimEnd();
  if (rest === "" || rest.startsWith("#")) return end + 1;
  for (;;) {
    const dash = /^-(\s+|$)/.exec(rest)?.[0];
    if (dash === undefined) break;
    pushItem(frames, column);
    column += dash.length;
    rest = rest.slice(dash.length);
    if (rest === "") return end + 1;
  }
  let valueColumn = column;
  const key = keyPattern.exec(rest);
  if (key) {
    const colon = key[0].length;
    const value = rest.slice(colon);
    const frame = pushKey(frames, column, key[1] ?? key[2] ?? key[3] ?? "");
    valueColumn = column + colon + (value.length - value.trimStart().length);
    rest = value.trim();
    frame.keys.set(frame.key, scalarText(rest));
  }
  if (rest.startsWith("{") || rest.startsWith("[")) {
    const flow = start + valueColumn;
    const bound = endOfFlow(text, flow, { indent: key ? column : column - 1, limit });
    const scan = scanFlow(text, flow, bound);
    // One that is left open ends where a line stands too far out to be in it.
    if (scan.end === undefined) return bound < limit ? bound : { flow };
    const after = text.indexOf("\n", scan.end);
    return after === -1 ? text.length + 1 : after + 1;
  }
  if (/^[|>][-+\d]*(\s|$)/.test(rest)) return skipBlockText(text, end + 1, key ? column : column - 1, limit);
  return end + 1;
}

/** Where a flow collection must have ended: before the first line that stands no further in than what holds it. */
function endOfFlow(
  text: string,
  flow: number,
  { indent, limit }: { readonly indent: number; readonly limit: number },
): number {
  for (let at = text.indexOf("\n", flow) + 1; at > 0 && at < limit; at = text.indexOf("\n", at) + 1) {
    const newline = text.indexOf("\n", at);
    const end = newline === -1 ? text.length : newline;
    const column = indentOf(text, at, end);
    if (column <= indent && end < limit && !/^\s*($|[}\]#])/.test(text.slice(at, end))) return at;
  }
  return limit;
}

/** Over the lines of a text that stands further in than what holds it; `undefined`: the limit lies in them. */
function skipBlockText(text: string, start: number, indent: number, limit: number): number | undefined {
  let at = start;
  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const end = newline === -1 ? text.length : newline;
    const isBlank = text.slice(at, end).trim() === "";
    if (!isBlank && indentOf(text, at, end) <= indent) break;
    if (limit <= end && (!isBlank || limit - at > indent)) return undefined;
    if (limit <= end) break;
    at = end + 1;
  }
  return at;
}

function pushItem(frames: Frame[], column: number): void {
  popTo(frames, column);
  const top = frames.at(-1);
  if (top?.kind === "list" && top.indent === column) {
    top.index += 1;
    top.child = undefined;
    return;
  }
  if (top) top.child = { kind: "list", indent: column };
  frames.push({ kind: "list", indent: column, index: 0, child: undefined });
}

function pushKey(frames: Frame[], column: number, key: string): Extract<Frame, { kind: "map" }> {
  popTo(frames, column);
  closeListAt(frames, column);
  const top = frames.at(-1);
  if (top?.kind === "map" && top.indent === column) {
    top.key = key;
    top.child = undefined;
    return top;
  }
  if (top) top.child = { kind: "map", indent: column };
  const made: Frame = { kind: "map", indent: column, key, keys: new Map(), child: undefined };
  frames.push(made);
  return made;
}

function popTo(frames: Frame[], column: number): void {
  while ((frames.at(-1)?.indent ?? -1) > column) frames.pop();
}

/** A key ends the list whose dashes stand right under it. */
function closeListAt(frames: Frame[], column: number): void {
  const top = frames.at(-1);
  if (top?.kind === "list" && top.indent === column) frames.pop();
}

function cursorInLine(
  text: string,
  { lineStart, offset }: { readonly lineStart: number; readonly offset: number },
  frames: Frame[],
): YamlCursor | undefined {
  const before = text.slice(lineStart, offset);
  let column = before.length - before.trimStart().length;
  let rest = before.slice(column);
  let isItem = false;
  for (;;) {
    const dash = /^-\s+/.exec(rest)?.[0];
    if (dash === undefined) break;
    pushItem(frames, column);
    column += dash.length;
    rest = rest.slice(dash.length);
    isItem = true;
  }
  if (rest.startsWith("#") || /\s#[^"']*$/.test(rest) || rest === "-") return undefined;
  const key = keyPattern.exec(rest);
  if (!key) return wordCursor(text, { lineStart, offset, column, isItem }, frames);
  const frame = pushKey(frames, column, key[1] ?? key[2] ?? key[3] ?? "");
  const value = rest.slice(key[0].length);
  const typed = value.trimStart();
  const start = offset - typed.length;
  if (/^[{[]/.test(typed)) return flowCursor(text, offset, { frames, flow: start });
  if (/^[|>&*!]/.test(typed) || /^(["']).*\1\s/.test(typed)) return undefined;
  frame.keys.set(frame.key, "");
  const word = wordAt(text, start, offset);
  return {
    ...word,
    place: "value",
    ...pathOf(frames),
    taken: new Set(),
    column: start - lineStart,
    isFlow: false,
    hasColon: false,
    needsSpace: value === "",
  };
}

/** A word with nothing behind it yet: a key, an item of a list, or what a key before it is given. */
function wordCursor(
  text: string,
  at: {
    readonly lineStart: number;
    readonly offset: number;
    readonly column: number;
    readonly isItem: boolean;
  },
  frames: Frame[],
): YamlCursor | undefined {
  const { lineStart, offset, column, isItem } = at;
  const start = lineStart + column;
  const flowStart = text.slice(start, offset);
  if (/^[{[]/.test(flowStart)) return flowCursor(text, offset, { frames, flow: start });
  if (/^[|>&*!?]/.test(flowStart)) return undefined;
  const word = wordAt(text, start, offset);
  const hasColon = /^\s*:(\s|$)/.test(text.slice(word.replace.end, word.replace.end + 20));
  const shared = { ...word, column, isFlow: false, hasColon, needsSpace: false, taken: new Set<string>() };
  if (!isItem) {
    popTo(frames, column);
    const list = frames.at(-1);
    if (list?.kind === "list" && list.indent === column) {
      frames.pop();
      const owner = frames.at(-1);
      // Dashes right under their key: a word there is a key beside it.
      if (!(owner?.kind === "map" && owner.indent === column)) {
        return { ...shared, place: "item", ...pathOf(frames) };
      }
    }
  }
  const top = frames.at(-1);
  if (top?.kind === "map" && top.indent === column && !isItem) {
    const taken = new Set([...top.keys.keys(), ...keysAfter(text, offset, column)]);
    const { path, mappings } = pathOf(frames);
    return { ...shared, place: "key", path: path.slice(0, -1), mappings, taken };
  }
  // Behind a key that holds something already, nothing can begin.
  if (top?.child !== undefined) return undefined;
  if (top?.kind === "map" && (top.keys.get(top.key) ?? "") !== "") return undefined;
  const taken = new Set(keysAfter(text, offset, column));
  return { ...shared, place: "start", ...pathOf(frames), taken };
}

/** The keys that follow in the mapping whose keys stand in a column. */
function keysAfter(text: string, offset: number, column: number): readonly string[] {
  const keys: string[] = [];
  let at = text.indexOf("\n", offset) + 1;
  for (let lines = 0; at > 0 && at < text.length && lines < mostLinesAfter; lines++) {
    const newline = text.indexOf("\n", at);
    const end = newline === -1 ? text.length : newline;
    const indent = indentOf(text, at, end);
    const rest = text.slice(at + indent, end).trimEnd();
    if (rest !== "" && !rest.startsWith("#")) {
      if (indent < column) break;
      const key = indent === column ? keyPattern.exec(rest) : null;
      if (key) keys.push(key[1] ?? key[2] ?? key[3] ?? "");
    }
    at = newline + 1;
  }
  return keys;
}

function flowCursor(
  text: string,
  offset: number,
  { frames, flow }: { readonly frames: Frame[]; readonly flow: number },
): YamlCursor | undefined {
  const scan = scanFlow(text, flow, offset);
  if (scan.end !== undefined || scan.isOver) return undefined;
  const outer = pathOf(frames);
  const inner = flowPath(scan.frames);
  const top = scan.frames.at(-1);
  const word = wordAt(text, scan.wordStart, offset, /[,[\]{}]/);
  const atKey = scan.atKey && top?.kind === "map";
  const taken = atKey ? [...top.keys.keys(), ...flowKeysAfter(text, word.replace.end, text.length)] : [];
  const lineStart = startOfLine(text, offset);
  return {
    ...word,
    place: atKey ? "key" : "value",
    path: [...outer.path, ...inner.path],
    mappings: [...outer.mappings, ...inner.mappings],
    taken: new Set(taken),
    column: scan.wordStart - lineStart,
    isFlow: true,
    hasColon: /^\s*:/.test(text.slice(word.replace.end, word.replace.end + 20)),
    needsSpace: text[scan.wordStart - 1] === ":",
  };
}

function flowPath(frames: readonly FlowFrame[]): Pick<YamlCursor, "path" | "mappings"> {
  const path = frames.flatMap<string | number>((frame) =>
    frame.kind === "list" ? frame.index : (frame.key ?? []),
  );
  const mappings = frames.flatMap((frame) => (frame.kind === "map" ? [frame.keys] : []));
  return { path, mappings };
}

function pathOf(frames: readonly Frame[]): Pick<YamlCursor, "path" | "mappings"> {
  return {
    path: frames.map((frame) => (frame.kind === "map" ? frame.key : frame.index)),
    mappings: frames.flatMap((frame) => (frame.kind === "map" ? [frame.keys] : [])),
  };
}

/** The word that begins at an offset and holds the cursor, up to what ends it in its line. */
function wordAt(
  text: string,
  start: number,
  offset: number,
  ends = /[,]/,
): Pick<YamlCursor, "typed" | "replace" | "quote"> {
  const first = text[start];
  const quote = start < offset && (first === '"' || first === "'") ? first : "";
  const newline = text.indexOf("\n", offset);
  const lineEnd = newline === -1 ? text.length : newline;
  let end = offset;
  if (quote === "") {
    while (end < lineEnd && !/\s/.test(text[end] ?? " ") && !ends.test(text[end] ?? "")) {
      if (text[end] === ":" && (end + 1 >= lineEnd || /\s/.test(text[end + 1] ?? " "))) break;
      end += 1;
    }
  } else {
    const close = text.indexOf(quote, offset);
    if (close !== -1 && close < lineEnd && !text.slice(offset, close).includes(":")) end = close + 1;
  }
  return { typed: unquoted(text.slice(start, offset)), replace: { start, end }, quote };
}

/** What stands behind a key in its line, without quotes and comment. */
function scalarText(rest: string): string {
  const quoted = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)')/.exec(rest);
  return quoted ? (quoted[1] ?? quoted[2] ?? "") : rest.replace(/(^|\s)#.*$/, "").trim();
}

function indentOf(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] === " ") at += 1;
  return at - start;
}

/** Where the line begins that an offset is in. */
function startOfLine(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}
