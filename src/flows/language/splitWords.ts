import type { Problem } from "../../base/problem.ts";
import type { ShellWord } from "./shellWord.ts";

/**
 * Splits a text into words as a POSIX shell does: quotes, escapes, lines continued with a backslash, comments.
 * Nothing is expanded. A quote that is not closed reaches to the end of the text, and is a problem.
 */
export function splitWords(whole: string): {
  readonly words: readonly ShellWord[];
  readonly problems: readonly Problem[];
} {
  const text = whole.slice(0, longestText);
  const words: ShellWord[] = [];
  const problems: Problem[] = whole.length > longestText ? [tooLong(whole.length)] : [];
  let at = 0;
  let startsLine = true;
  let isFirst = true;
  while (at < text.length) {
    const continued = continuationEnd(text, at);
    const character = text.charAt(at);
    if (continued !== undefined) at = continued;
    else if (isSpace(character)) {
      startsLine ||= character === "\n";
      at++;
    } else if (character === "#" && !(isFirst && isRootPrompt(text, at))) {
      isFirst = false;
      while (at < text.length && text.charAt(at) !== "\n") at++;
    } else {
      const word = new WordReader(text, at).read(startsLine);
      words.push(word.word);
      if (word.openQuote !== undefined) problems.push(openQuote(word.openQuote, text.length));
      problems.push(...word.variables.map(notExpanded));
      at = word.word.range.end;
      startsLine = false;
      isFirst = false;
    }
  }
  return { words, problems };
}

/** Far more than any command has; a text that was pasted by mistake shall not hold up anybody. */
const longestText = 32_768;

function tooLong(length: number): Problem {
  return {
    severity: "error",
    code: "too-long",
    message: `Only the first ${longestText} characters of this text are read`,
    range: { start: longestText, end: length },
  };
}

function openQuote(start: number, end: number): Problem {
  return {
    severity: "error",
    code: "open-quote",
    message: "This quote is not closed",
    range: { start, end },
  };
}

function notExpanded(start: number): Problem {
  return {
    severity: "warning",
    code: "not-expanded",
    message: "Variables and commands of a shell are not replaced here: write what they stand for",
    range: { start, end: start + 1 },
  };
}

function isSpace(character: string): boolean {
  return (
    character === " " ||
    character === "\t" ||
    character === "\n" ||
    character === "\r" ||
    character === "\u00a0"
  );
}

/** A `#` before the command is where root types, not a comment. */
function isRootPrompt(text: string, at: number): boolean {
  return /^#\s+(\S*\/)?(hubble|kubectl)\s/.test(text.slice(at, at + 200));
}

/**
 * After a backslash (with nothing but space behind it) and its line end, or the sign that PowerShell and cmd have for it;
 * undefined when none begins here.
 */
function continuationEnd(text: string, at: number): number | undefined {
  if (!"\\`^".includes(text.charAt(at))) return undefined;
  let end = at + 1;
  while (text.charAt(end) === " " || text.charAt(end) === "\t" || text.charAt(end) === "\r") end++;
  return text.charAt(end) === "\n" ? end + 1 : undefined;
}

/** Reads one word. */
class WordReader {
  readonly #source: string;
  readonly #start: number;
  #at: number;
  #text = "";
  #offsets: number[] = [];
  #plain = true;
  #openQuote: number | undefined;
  /** Where a shell would put the value of a variable, or what a command prints. */
  readonly #variables: number[] = [];

  constructor(source: string, start: number) {
    this.#source = source;
    this.#start = start;
    this.#at = start;
  }

  read(startsLine: boolean): {
    readonly word: ShellWord;
    readonly openQuote: number | undefined;
    readonly variables: readonly number[];
  } {
    while (this.#at < this.#source.length) {
      const character = this.#source.charAt(this.#at);
      if (isSpace(character) || continuationEnd(this.#source, this.#at) !== undefined) break;
      if (character === "'") this.#readSingleQuoted();
      else if (character === '"') this.#readDoubleQuoted();
      else if (character === "\\" && this.#at + 1 < this.#source.length) this.#readEscaped();
      else this.#takeExpanded();
    }
    const word: ShellWord = {
      text: this.#text,
      range: { start: this.#start, end: this.#at },
      offsets: [...this.#offsets, this.#at],
      plain: this.#plain,
      startsLine,
    };
    return { word, openQuote: this.#openQuote, variables: this.#variables };
  }

  #take(): void {
    this.#offsets.push(this.#at);
    this.#text += this.#source.charAt(this.#at);
    this.#at++;
  }

  #readEscaped(): void {
    this.#plain = false;
    this.#at++;
    this.#take();
  }

  #readSingleQuoted(): void {
    const open = this.#at;
    this.#plain = false;
    this.#at++;
    while (this.#at < this.#source.length && this.#source.charAt(this.#at) !== "'") this.#take();
    this.#close(open);
  }

  #readDoubleQuoted(): void {
    const open = this.#at;
    this.#plain = false;
    this.#at++;
    while (this.#at < this.#source.length && this.#source.charAt(this.#at) !== '"') {
      const next = this.#source.charAt(this.#at + 1);
      if (this.#source.charAt(this.#at) === "\\" && next !== "" && '"\\$`\n'.includes(next)) {
        this.#at++;
        if (next === "\n") this.#at++;
        else this.#take();
      } else this.#takeExpanded();
    }
    this.#close(open);
  }

  /** Takes a character where a shell would expand variables. */
  #takeExpanded(): void {
    if (/^\$[A-Za-z_({]/.test(this.#source.slice(this.#at, this.#at + 2))) this.#variables.push(this.#at);
    this.#take();
  }

  #close(open: number): void {
    if (this.#at < this.#source.length) this.#at++;
    else this.#openQuote ??= open;
  }
}
