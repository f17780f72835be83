import { unquoted } from "./flowCursor.ts";
import type { YamlCursor } from "./yamlCursor.ts";

/** Lists are looked through this far from the cursor, in either direction. */
const mostLetters = 10_000;

/** The words that a list has beside the one that is written: writing them again would say nothing. */
export function listedWords(text: string, cursor: YamlCursor): ReadonlySet<string> {
  return new Set(cursor.isFlow ? flowWords(text, cursor) : blockWords(text, cursor));
}

function flowWords(text: string, { replace }: YamlCursor): readonly string[] {
  const open = text.lastIndexOf("[", replace.start);
  const close = text.indexOf("]", replace.end);
  const before = text.slice(open + 1, replace.start);
  const after = close === -1 ? "" : text.slice(replace.end, close);
  return `${before},${after}`.split(",").map((word) => unquoted(word.trim()));
}

function blockWords(text: string, { replace, column, place }: YamlCursor): readonly string[] {
  const lineStart = text.lastIndexOf("\n", replace.start - 1) + 1;
  const dash = text.slice(lineStart, replace.start).lastIndexOf("-");
  const indent = dash === -1 || place === "item" ? column : dash;
  const [, ...above] = text
    .slice(Math.max(0, lineStart - mostLetters), lineStart)
    .split("\n")
    .reverse();
  const [, ...below] = text.slice(replace.end, replace.end + mostLetters).split("\n");
  return [...items(above, indent), ...items(below, indent)];
}

/** The words of a list's items, line by line away from the cursor, until the list ends. */
function items(lines: readonly string[], indent: number): readonly string[] {
  const words: string[] = [];
  for (const line of lines) {
    const content = line.trim();
    if (content === "" || content.startsWith("#")) continue;
    const column = line.length - line.trimStart().length;
    const word = /^-\s+(.*?)(\s+#.*)?$/.exec(content)?.[1];
    if (column < indent || (column === indent && word === undefined)) break;
    if (column === indent && word !== undefined) words.push(unquoted(word));
  }
  return words;
}
