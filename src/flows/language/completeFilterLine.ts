import type { TextRange } from "../../base/textRange.ts";
import { completeFlag } from "./completeFlag.ts";
import { completeValue, lastPart } from "./completeValue.ts";
import type { Completion } from "./completion.ts";
import type { ObserveFlag } from "./observeFlag.ts";
import { flagNamed, flagWithShort } from "./observeFlags.ts";
import { readCommand } from "./readCommand.ts";
import { readFlags } from "./readFlags.ts";
import { readTerms } from "./readTerms.ts";
import { partRange, type ShellWord } from "./shellWord.ts";
import { splitWords } from "./splitWords.ts";

/** Completes a filter line at an offset: flags by any part of their name, and the values that are known. */
export function completeFilterLine(text: string, offset: number): Completion {
  const { before, word } = wordsAt(text, offset);
  const here: TextRange = { start: offset, end: offset };
  const command = readCommand(before);
  const flags = readFlags(command.words, command.endsCommand);
  if (flags.rest.length > 0) return { range: here, items: [] };
  if (flags.pending) return valueAt(flags.pending, word, 0, here);
  const glued = word && gluedFlag(word.prefix);
  if (glued) return valueAt(glued.flag, word, glued.valueStart, here);
  const { terms, problems } = readTerms(flags.uses);
  const isNegated = problems.some(({ code }) => code === "trailing-not");
  const range = word?.whole.range ?? here;
  const hasSpace = /^\s/.test(text.slice(range.end));
  return { range, items: completeFlag(word?.prefix ?? "", { isNegated, terms, hasSpace }) };
}

/** The word that an offset is in or at the end of. */
interface WordHere {
  readonly whole: ShellWord;
  /** What stands of it before the offset, without quotes. */
  readonly prefix: string;
}

function wordsAt(
  text: string,
  offset: number,
): { readonly before: readonly ShellWord[]; readonly word: WordHere | undefined } {
  const before = splitWords(text.slice(0, offset)).words;
  const last = before.at(-1);
  if (last?.range.end !== offset) return { before, word: undefined };
  const { words, problems } = splitWords(text);
  const whole = words.find(({ range }) => range.start === last.range.start);
  // Between a backslash and the line end that it hides there is no word.
  if (whole && whole.range.end < offset) {
    return { before: words.filter(({ range }) => range.end <= offset), word: undefined };
  }
  const isOpen = problems.some(({ code, range }) => code === "open-quote" && range.start < offset);
  // A quote that is closed only by that of a later term is still open here.
  const runsOn = whole === undefined || isOpen || /\s--?[\w-]+/.test(text.slice(offset, whole.range.end));
  return { before: before.slice(0, -1), word: { whole: runsOn ? last : whole, prefix: last.text } };
}

function valueAt(
  flag: ObserveFlag,
  word: WordHere | undefined,
  valueStart: number,
  here: TextRange,
): Completion {
  if (!word) return completeValue(flag, "", here);
  const written = word.prefix.slice(valueStart);
  const part = word.whole.plain ? lastPart(flag, written) : 0;
  const range = part + valueStart === 0 ? word.whole.range : partRange(word.whole, part + valueStart);
  return completeValue(flag, written.slice(part), range);
}

/** The flag whose value is written in the same word, as in `--flag=value` and `-tvalue`. */
function gluedFlag(prefix: string): { readonly flag: ObserveFlag; readonly valueStart: number } | undefined {
  const long = /^--([\w-]+)=/.exec(prefix);
  if (long) {
    const flag = flagNamed(long[1] ?? "");
    return flag && { flag, valueStart: long[0].length };
  }
  const flag = flagWithShort(/^-([^-])./s.exec(prefix)?.[1] ?? "");
  return flag?.value === "text" ? { flag, valueStart: 2 } : undefined;
}
