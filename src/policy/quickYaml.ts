import type { MapNode, ScalarNode, YamlNode, YamlPair } from "./yamlNode.ts";

/**
 * Parses a document that is written as plainly as most are: blocks, scalars and flow collections of one line each, no
 * anchors, tags, escapes or scalars of several lines. `undefined`: it is not, and needs the whole of YAML. Many times
 * faster than that, which matters for documents of megabytes.
 */
export function parseQuickly(text: string): YamlNode | undefined {
  if (/[\t\r\uFEFF]/.test(text)) return undefined;
  try {
    const lines = new Lines(text);
    if (lines.indent === -1) return undefined;
    const root = block(lines, lines.indent);
    return lines.indent === -1 ? root : undefined;
  } catch (error) {
    if (error === unplain) return undefined;
    throw error;
  }
}

/** Thrown, and caught above, where a document is not plain enough. */
const unplain = new Error("not plain");

/** What begins a line that ends or opens a document, or speaks to the parser. */
const marker = /^(?:---|\.\.\.|%)/;

/** The lines of a text that say something, one after the other. */
class Lines {
  readonly text: string;
  /** Where the present line's content starts and ends, without comments and the white space around it. */
  start = 0;
  end = 0;
  /** The column of the content; -1 after the last line. */
  indent = -1;
  #next = 0;

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  advance(): void {
    const { text } = this;
    while (this.#next < text.length) {
      const lineStart = this.#next;
      let lineEnd = text.indexOf("\n", lineStart);
      if (lineEnd === -1) lineEnd = text.length;
      this.#next = lineEnd + 1;
      let start = lineStart;
      while (text.charCodeAt(start) === 0x20) start += 1;
      if (start >= lineEnd || text.charCodeAt(start) === 0x23) continue;
      if (start === lineStart && marker.test(text.slice(start, start + 3))) throw unplain;
      // Searched for within the line: what is far away may not be there at all, and each line would look for it.
      const line = text.slice(start, lineEnd);
      const comment = line.indexOf(" #");
      // A comment, unless it stands within quotes: that is for the whole of YAML to tell.
      if (comment !== -1 && /["']/.test(line)) throw unplain;
      let end = comment === -1 ? lineEnd : start + comment;
      while (text.charCodeAt(end - 1) === 0x20) end -= 1;
      this.start = start;
      this.end = end;
      this.indent = start - lineStart;
      return;
    }
    this.indent = -1;
  }

  /** Goes on behind a dash: what follows it on the line is a line of its own, further in. */
  enter(columns: number): void {
    this.start += columns;
    this.indent += columns;
  }
}

const maxDepth = 100;

function block(lines: Lines, indent: number, depth = 0): YamlNode {
  if (depth > maxDepth) throw unplain;
  if (isDash(lines)) return list(lines, indent, depth);
  if (keyEnd(lines) !== -1) return map(lines, indent, depth);
  const node = inline(lines.text, lines.start, lines.end);
  lines.advance();
  return node;
}

function isDash({ text, start, end }: Lines): boolean {
  return text.charCodeAt(start) === 0x2d && (start + 1 === end || text.charCodeAt(start + 1) === 0x20);
}

function list(lines: Lines, indent: number, depth: number): YamlNode {
  const items: (YamlNode | null)[] = [];
  const { start } = lines;
  let end = start;
  while (lines.indent === indent && isDash(lines)) {
    end = lines.start + 1;
    let columns = 1;
    while (lines.start + columns < lines.end && lines.text.charCodeAt(lines.start + columns) === 0x20)
      columns += 1;
    let item: YamlNode | null = null;
    if (lines.start + columns < lines.end) {
      lines.enter(columns);
      item = block(lines, lines.indent, depth + 1);
    } else {
      lines.advance();
      if (lines.indent > indent) item = block(lines, lines.indent, depth + 1);
    }
    if (item) end = item.end;
    items.push(item);
  }
  if (lines.indent > indent) throw unplain;
  return { kind: "list", items, start, end };
}

function map(lines: Lines, indent: number, depth: number): MapNode {
  const pairs: YamlPair[] = [];
  const { start } = lines;
  let end = start;
  while (lines.indent === indent && !isDash(lines)) {
    const colon = keyEnd(lines);
    if (colon === -1) throw unplain;
    const key = scalar(lines.text, lines.start, colon);
    end = colon + 1;
    let from = colon + 1;
    while (from < lines.end && lines.text.charCodeAt(from) === 0x20) from += 1;
    let value: YamlNode | null = null;
    if (from < lines.end) {
      value = inline(lines.text, from, lines.end);
      lines.advance();
    } else {
      lines.advance();
      const isList = lines.indent === indent && isDash(lines);
      if (lines.indent > indent) value = block(lines, lines.indent, depth + 1);
      else if (isList) value = list(lines, indent, depth + 1);
    }
    if (value) end = value.end;
    pairs.push({ key, value });
  }
  if (lines.indent > indent || (lines.indent === indent && isDash(lines))) throw unplain;
  return { kind: "map", pairs, start, end };
}

/** Where the colon behind a line's key is; -1: it has none. */
function keyEnd({ text, start, end }: Lines): number {
  const first = text.charCodeAt(start);
  if (first === 0x22 || first === 0x27) {
    const close = text.indexOf(first === 0x22 ? '"' : "'", start + 1);
    if (close === -1 || close >= end) throw unplain;
    return text.charCodeAt(close + 1) === 0x3a && isBlank(text, close + 2, end) ? close + 1 : -1;
  }
  // A flow collection may stand alone, and holds colons of its own.
  if (first === 0x7b || first === 0x5b) return -1;
  for (let at = start; at < end; at++) {
    if (text.charCodeAt(at) === 0x3a && isBlank(text, at + 1, end)) return at;
  }
  return -1;
}

function isBlank(text: string, at: number, end: number): boolean {
  return at >= end || text.charCodeAt(at) === 0x20;
}

/** What stands on one line behind a key or a dash. */
function inline(text: string, start: number, end: number): YamlNode {
  const first = text.charCodeAt(start);
  if (first !== 0x7b && first !== 0x5b) return scalar(text, start, end);
  const cursor = { at: start };
  const node = flow(text, cursor, end);
  if (cursor.at !== end) throw unplain;
  return node;
}

/** `{ a: b, c: [d] }`, all on one line. */
function flow(text: string, cursor: { at: number }, end: number, depth = 0): YamlNode {
  if (depth > maxDepth) throw unplain;
  const start = cursor.at;
  const isMap = text.charCodeAt(start) === 0x7b;
  const close = isMap ? 0x7d : 0x5d;
  const items: YamlNode[] = [];
  const pairs: YamlPair[] = [];
  cursor.at += 1;
  for (;;) {
    skipBlanks(text, cursor, end);
    if (text.charCodeAt(cursor.at) === close) break;
    const node = flowValue(text, cursor, end, depth);
    skipBlanks(text, cursor, end);
    if (isMap) {
      if (node.kind !== "scalar" || text.charCodeAt(cursor.at) !== 0x3a) throw unplain;
      cursor.at += 1;
      if (text.charCodeAt(cursor.at) !== 0x20) throw unplain;
      skipBlanks(text, cursor, end);
      const value = flowValue(text, cursor, end, depth);
      pairs.push({ key: node, value });
      skipBlanks(text, cursor, end);
    } else items.push(node);
    const next = text.charCodeAt(cursor.at);
    if (next === close) break;
    if (next !== 0x2c) throw unplain;
    cursor.at += 1;
  }
  cursor.at += 1;
  const place = { start, end: cursor.at };
  return isMap ? { kind: "map", pairs, ...place } : { kind: "list", items, ...place };
}

function flowValue(text: string, cursor: { at: number }, end: number, depth: number): YamlNode {
  const start = cursor.at;
  const first = text.charCodeAt(start);
  if (start >= end) throw unplain;
  if (first === 0x7b || first === 0x5b) return flow(text, cursor, end, depth + 1);
  if (first === 0x22 || first === 0x27) {
    const close = text.indexOf(first === 0x22 ? '"' : "'", start + 1);
    if (close === -1 || close >= end) throw unplain;
    cursor.at = close + 1;
  } else {
    while (cursor.at < end && !/[,[\]{}]/.test(text.charAt(cursor.at))) {
      // Whatever follows a colon closely needs the whole of YAML.
      if (text.charCodeAt(cursor.at) === 0x3a) break;
      cursor.at += 1;
    }
  }
  let last = cursor.at;
  while (last > start && text.charCodeAt(last - 1) === 0x20) last -= 1;
  return scalar(text, start, last);
}

function skipBlanks(text: string, cursor: { at: number }, end: number): void {
  while (cursor.at < end && text.charCodeAt(cursor.at) === 0x20) cursor.at += 1;
}

function scalar(text: string, start: number, end: number): ScalarNode {
  const first = text.charCodeAt(start);
  if (first === 0x22 || first === 0x27) {
    const quote = first === 0x22 ? '"' : "'";
    if (end - start < 2 || text.indexOf(quote, start + 1) !== end - 1) throw unplain;
    const content = text.slice(start + 1, end - 1);
    if (quote === '"' && content.includes("\\")) throw unplain;
    return { kind: "scalar", text: content, plain: false, start, end };
  }
  const content = text.slice(start, end);
  if (
    content === "" ||
    !plainStart.test(content) ||
    content.includes(": ") ||
    content.endsWith(" ") ||
    content.endsWith(":")
  )
    throw unplain;
  return { kind: "scalar", text: content, plain: true, start, end };
}

/** What a plain scalar may begin with, and no control characters: the whole of YAML knows what those come to. */
const plainStart = /^[^-?:,[\]{}#&*!|>'"%@`\s\p{C}][^\p{C}]*$|^[-?:][^\s,[\]{}\p{C}][^\p{C}]*$/u;
