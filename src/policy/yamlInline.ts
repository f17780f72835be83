import { closeQuote } from "./yamlLines.ts";
import { areSimplePairs, type ScalarNode, type YamlNode, type YamlPair } from "./yamlNode.ts";

const maxDepth = 100;

/** Where the colon behind a line's key is; -1: it has none. */
export function keyEnd(text: string, start: number, end: number): number {
  const first = text.charCodeAt(start);
  if (first === 0x22 || first === 0x27) {
    const close = closeQuote(text, start, end);
    if (close === -1) return -1;
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

/** What stands on one line behind a key or a dash; `undefined`: it needs the whole of YAML. */
export function inlineNode(text: string, start: number, end: number): YamlNode | undefined {
  const first = text.charCodeAt(start);
  if (first !== 0x7b && first !== 0x5b) return scalarNode(text, start, end);
  const cursor = { at: start };
  const node = flowNode({ text, cursor, end }, 0);
  return cursor.at === end ? node : undefined;
}

interface Flow {
  readonly text: string;
  readonly cursor: { at: number };
  readonly end: number;
}

/** `{ a: b, c: [d] }`, all on one line. */
function flowNode(flow: Flow, depth: number): YamlNode | undefined {
  const { text, cursor, end } = flow;
  if (depth > maxDepth) return undefined;
  const start = cursor.at;
  const isMap = text.charCodeAt(start) === 0x7b;
  const close = isMap ? 0x7d : 0x5d;
  const items: YamlNode[] = [];
  const pairs: YamlPair[] = [];
  cursor.at += 1;
  for (;;) {
    skipBlanks(flow);
    if (cursor.at < end && text.charCodeAt(cursor.at) === close) break;
    const node = flowValue(flow, depth);
    if (!node) return undefined;
    skipBlanks(flow);
    if (isMap) {
      if (node.kind !== "scalar" || text.charCodeAt(cursor.at) !== 0x3a) return undefined;
      cursor.at += 1;
      // Behind a key in quotes, as in JSON, the value may follow at once.
      if (node.plain && text.charCodeAt(cursor.at) !== 0x20) return undefined;
      skipBlanks(flow);
      const value = flowValue(flow, depth);
      if (!value) return undefined;
      pairs.push({ key: node, value });
      skipBlanks(flow);
    } else items.push(node);
    const next = text.charCodeAt(cursor.at);
    if (cursor.at < end && next === close) break;
    if (next !== 0x2c) return undefined;
    cursor.at += 1;
  }
  cursor.at += 1;
  const place = { start, end: cursor.at };
  if (!isMap) return { kind: "list", items, ...place };
  return { kind: "map", pairs, isSimple: areSimplePairs(pairs), ...place };
}

function flowValue(flow: Flow, depth: number): YamlNode | undefined {
  const { text, cursor, end } = flow;
  const start = cursor.at;
  if (start >= end) return undefined;
  const first = text.charCodeAt(start);
  if (first === 0x7b || first === 0x5b) return flowNode(flow, depth + 1);
  if (first === 0x22 || first === 0x27) {
    const close = closeQuote(text, start, end);
    if (close === -1) return undefined;
    cursor.at = close + 1;
    return scalarNode(text, start, cursor.at);
  }
  // Whatever follows a colon closely needs the whole of YAML.
  while (cursor.at < end && !endsFlowScalar(text.charCodeAt(cursor.at))) cursor.at += 1;
  let last = cursor.at;
  while (last > start && text.charCodeAt(last - 1) === 0x20) last -= 1;
  return scalarNode(text, start, last);
}

/** `, [ ] { } :` */
function endsFlowScalar(code: number): boolean {
  return code === 0x2c || code === 0x5b || code === 0x5d || code === 0x7b || code === 0x7d || code === 0x3a;
}

function skipBlanks({ text, cursor, end }: Flow): void {
  while (cursor.at < end && text.charCodeAt(cursor.at) === 0x20) cursor.at += 1;
}

/** A scalar, which a key is too; `undefined`: it needs the whole of YAML. */
export function scalarNode(text: string, start: number, end: number): ScalarNode | undefined {
  const first = text.charCodeAt(start);
  if (first === 0x22 || first === 0x27) {
    if (closeQuote(text, start, end) !== end - 1) return undefined;
    const content = unquoted(text.slice(start + 1, end - 1), first === 0x22);
    return content === undefined ? undefined : { kind: "scalar", text: content, plain: false, start, end };
  }
  const content = text.slice(start, end);
  if (!isPlainWord.test(content) && !isPlain(content)) return undefined;
  return { kind: "scalar", text: content, plain: true, start, end };
}

/** What stands between quotes; `undefined`: with escapes that only the whole of YAML knows. */
function unquoted(written: string, isDouble: boolean): string | undefined {
  if (!isDouble) return written.includes("''") ? written.replaceAll("''", "'") : written;
  if (!written.includes("\\")) return written;
  if (!/^(?:[^\\]|\\[\\"/])*$/.test(written)) return undefined;
  return written.replace(/\\(.)/g, "$1");
}

/** What most scalars are. */
const isPlainWord = /^[A-Za-z0-9_./](?:[-\w./:@]*[-\w./@])?$/;

function isPlain(content: string): boolean {
  if (content === "" || content.endsWith(" ") || content.endsWith(":")) return false;
  return plainStart.test(content) && !content.includes(": ") && !content.includes(" #");
}

/** What a plain scalar may begin with, and no control characters: the whole of YAML knows what those come to. */
const plainStart = /^[^-?:,[\]{}#&*!|>'"%@`\s\p{C}][^\p{C}]*$|^[-?:][^\s,[\]{}\p{C}][^\p{C}]*$/u;
