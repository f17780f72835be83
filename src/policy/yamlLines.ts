/** What begins a line that ends or opens a document, or speaks to the parser. */
const marker = /^(?:---|\.\.\.|%)/;

/** The lines of a text that say something, one after the other. */
export class YamlLines {
  readonly text: string;
  /** Where the present line's content starts and ends, without comments and the white space around it. */
  start = 0;
  end = 0;
  /** The column of the content; -1 after the last line. */
  indent = -1;
  /** Does the present line mark a document, or speak to the parser? */
  isMarked = false;
  /** Where the next line starts. */
  #next = 0;
  /** Where the first comment behind the present line's start may open; all the text is searched through but once. */
  #comment = -1;

  constructor(text: string) {
    this.text = text;
    this.advance();
  }

  advance(): void {
    const { text } = this;
    while (this.#next < text.length) {
      const lineStart = this.#next;
      const lineEnd = endOfLine(text, lineStart);
      this.#next = lineEnd + 1;
      let start = lineStart;
      while (text.charCodeAt(start) === 0x20) start += 1;
      let end = text.charCodeAt(lineEnd - 1) === 0x0d ? lineEnd - 1 : lineEnd;
      if (start >= end || text.charCodeAt(start) === 0x23) continue;
      if (start === lineStart && marker.test(text.slice(start, start + 3))) this.isMarked = true;
      if (this.#comment < start) {
        const found = text.indexOf(" #", start);
        this.#comment = found === -1 ? text.length : found;
      }
      if (this.#comment < end) end = contentEnd(text, start, end);
      while (text.charCodeAt(end - 1) === 0x20) end -= 1;
      this.start = start;
      this.end = end;
      this.indent = start - lineStart;
      return;
    }
    this.indent = -1;
  }

  /** Goes on behind the dash of an item: with what follows it, or with the next line. */
  enterItem(): void {
    let columns = 1;
    while (this.start + columns < this.end && this.text.charCodeAt(this.start + columns) === 0x20)
      columns += 1;
    if (this.start + columns >= this.end) this.advance();
    else {
      this.start += columns;
      this.indent += columns;
    }
  }

  /**
   * Goes on with the first line, behind that of a place, which stands no further in than a column; answers where it
   * starts. Empty lines belong to what precedes them, and so do
   * comments that stand further in and lines that begin with a tab.
   */
  skipDeeper(from: number, indent: number): number {
    const { text } = this;
    let next = endOfLine(text, from) + 1;
    while (next < text.length) {
      let start = next;
      while (text.charCodeAt(start) === 0x20) start += 1;
      const code = text.charCodeAt(start);
      const isInside = start - next > indent || code === 0x09;
      if (!isInside && code !== 0x0a && code !== 0x0d && start < text.length) break;
      next = endOfLine(text, next) + 1;
    }
    this.#next = Math.min(next, text.length);
    this.advance();
    return Math.min(next, text.length);
  }
}

/** Is the present line an item of a list? */
export function isDash({ text, start, end }: YamlLines): boolean {
  return text.charCodeAt(start) === 0x2d && (start + 1 === end || text.charCodeAt(start + 1) === 0x20);
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf("\n", from);
  return end === -1 ? text.length : end;
}

/** Where the comment of a line opens that has ` #` somewhere; its end: that stands within quotes. */
function contentEnd(text: string, start: number, end: number): number {
  let last = 0x2d;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x20) continue;
    if (code === 0x23 && text.charCodeAt(at - 1) === 0x20) return at;
    // A quote opens only where a value may begin. Whoever is taken in here finds letters where none may be.
    if ((code === 0x22 || code === 0x27) && mayPrecedeValue(last)) {
      at = closeQuote(text, at, end);
      if (at === -1) return end;
    }
    last = code;
  }
  return end;
}

/** A dash, a colon, a comma or an opening bracket. */
function mayPrecedeValue(code: number): boolean {
  return code === 0x2d || code === 0x3a || code === 0x2c || code === 0x5b || code === 0x7b;
}

/** Where the quote closes that opens at a place; -1: not before the end. */
export function closeQuote(text: string, open: number, end: number): number {
  const quote = text.charCodeAt(open);
  for (let at = open + 1; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      if (quote === 0x22 || text.charCodeAt(at + 1) !== quote) return at;
      at += 1;
    } else if (code === 0x5c && quote === 0x22) at += 1;
  }
  return -1;
}
