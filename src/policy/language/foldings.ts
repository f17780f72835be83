/** Lines that can be folded away under the first of them: both counted from 0, the last one included. */
export interface Folding {
  readonly first: number;
  readonly last: number;
  readonly kind?: "comment";
}

/** A line that others may be folded under. */
interface Opening {
  readonly line: number;
  readonly indent: number;
  /** Is it an item of a list, or the key of one whose items stand no further in? */
  readonly isItem: boolean;
}

/**
 * What can be folded in a text: its documents, every mapping and list whose beginning has a line of its own, also lists
 * whose items stand no further in than their key, and comments of several lines. In the order of the text; with more
 * than `most`, inner ones at the end are left out.
 */
export function foldings(text: string, most: number): readonly Folding[] {
  const found: (Folding & { readonly depth: number })[] = [];
  const open: Opening[] = [];
  let lastContent = -1;
  let document = -1;
  let comment = -1;
  const fold = (first: number, last: number, rest: { readonly depth: number; readonly kind?: "comment" }) => {
    if (last > first) found.push({ first, last, ...rest });
  };
  const closeTo = (indent: number, isItem: boolean): void => {
    for (let top = open.at(-1); top; top = open.at(-1)) {
      // A key holds the items under it that stand no further in.
      const holds = top.indent < indent || (top.indent === indent && isItem && !top.isItem);
      if (holds) return;
      open.pop();
      fold(top.line, lastContent, { depth: open.length + 1 });
    }
  };
  let line = -1;
  for (let start = 0; start <= text.length; ) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    line += 1;
    const content = firstLetter(text, start, end);
    const isComment = content < end && text[content] === "#";
    if (!isComment && comment !== -1) {
      fold(comment, line - 1, { depth: 0, kind: "comment" });
      comment = -1;
    }
    if (isComment && comment === -1) comment = line;
    if (content < end && !isComment) {
      const isMark =
        content === start && /^(---|\.\.\.)(?=\s|$)/.test(text.slice(start, Math.min(end, start + 4)));
      if (isMark) {
        closeTo(-1, false);
        if (document !== -1) fold(document, lastContent, { depth: 0 });
        document = line;
        lastContent = line;
      } else {
        const indent = content - start;
        const isItem = text[content] === "-" && /^-(\s|$)/.test(text.slice(content, content + 2));
        closeTo(indent, isItem);
        open.push({ line, indent, isItem });
        lastContent = line;
      }
    }
    if (newline === -1) break;
    start = newline + 1;
  }
  closeTo(-1, false);
  if (document !== -1) fold(document, lastContent, { depth: 0 });
  if (comment !== -1) fold(comment, line, { depth: 0, kind: "comment" });
  return [...outermost(found, most)].sort((one, other) => one.first - other.first || other.last - one.last);
}

function firstLetter(text: string, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x09 && code !== 0x0d && code !== 0xfeff) break;
    at += 1;
  }
  return at;
}

function outermost(
  found: readonly (Folding & { readonly depth: number })[],
  most: number,
): readonly Folding[] {
  const kept = found.length <= most ? found : [...found].sort(byDepth).slice(0, most);
  return kept.map(({ first, last, kind }) => ({ first, last, ...(kind && { kind }) }));
}

/** Of what is as deep, the first goes first. */
function byDepth(
  one: Folding & { readonly depth: number },
  other: Folding & { readonly depth: number },
): number {
  return one.depth - other.depth || one.first - other.first;
}
