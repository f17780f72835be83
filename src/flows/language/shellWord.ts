import type { TextRange } from "../../base/textRange.ts";

/** One argument as a shell would pass it, and where it stands. */
export interface ShellWord {
  /** Without quotes and escapes. */
  readonly text: string;
  /** As written, quotes included. */
  readonly range: TextRange;
  /** For each character of {@link text} the offset where it is written, and for the end the offset after the word. */
  readonly offsets: readonly number[];
  /** No part is quoted or escaped. */
  readonly plain: boolean;
  /** A line end, not continued with a backslash, lies between it and the word before. */
  readonly startsLine: boolean;
}

/** The place of a part of a word's text; a quote that opens right before it is in it. */
export function partRange(word: ShellWord, from: number, to: number = word.text.length): TextRange {
  const before = word.offsets[from - 1];
  const start = before === undefined ? word.range.start : before + 1;
  return { start, end: to >= word.text.length ? word.range.end : (word.offsets[to] ?? word.range.end) };
}

/** Arguments that are split already, as they stand in a line when joined with one space. */
export function wordsOfArguments(args: readonly string[]): readonly ShellWord[] {
  let at = 0;
  return args.map((text) => {
    const start = at;
    at += text.length + 1;
    const offsets = Array.from({ length: text.length + 1 }, (_, index) => start + index);
    return { text, range: { start, end: start + text.length }, offsets, plain: true, startsLine: false };
  });
}
