import { nearestWord } from "../../base/nearestWord.ts";
import type { Problem } from "../../base/problem.ts";
import type { TextRange } from "../../base/textRange.ts";
import type { ObserveFlag } from "./observeFlag.ts";
import { flagNamed, flagWithShort, observeFlags } from "./observeFlags.ts";
import { partRange, type ShellWord } from "./shellWord.ts";

/** A flag as it was given. */
export interface FlagUse {
  readonly flag: ObserveFlag;
  /** Absent: none is written, as its flag stands alone. */
  readonly value: string | undefined;
  readonly range: TextRange;
  readonly valueRange: TextRange | undefined;
}

/** What words say by the grammar of flags. */
export interface ReadFlags {
  readonly uses: readonly FlagUse[];
  /** Words that are neither flags nor their values. */
  readonly strays: readonly ShellWord[];
  /** The words from the one on that ends the command. */
  readonly rest: readonly ShellWord[];
  /** The flag at the end whose value is missing. */
  readonly pending: ObserveFlag | undefined;
  readonly problems: readonly Problem[];
}

/**
 * Reads words as the `hubble` CLI reads its arguments: `--flag value`, `--flag=value`, `-t value`, `-tvalue`, `-4f`;
 * after `--` there are no flags. A word after a flag that takes a value is its value, whatever it looks like; any other
 * word may be one that ends the command.
 */
export function readFlags(
  words: readonly ShellWord[],
  endsCommand: (word: ShellWord) => boolean = () => false,
): ReadFlags {
  const uses: FlagUse[] = [];
  const strays: ShellWord[] = [];
  const problems: Problem[] = [];
  let pending: ObserveFlag | undefined;
  const rest = new WordQueue(words);
  for (let word = rest.take(); word; word = rest.take()) {
    if (endsCommand(word)) return { uses, strays, problems, rest: [word, ...rest.takeAll()], pending };
    if (word.text === "--") {
      strays.push(...rest.takeAll());
    } else if (!word.text.startsWith("-") || word.text.length === 1) {
      strays.push(word);
    } else {
      const read = word.text.startsWith("--") ? readLong(word, rest) : readShort(word, rest);
      uses.push(...read.uses);
      problems.push(...read.problems);
      pending = read.pending;
    }
  }
  return { uses, strays, problems, rest: [], pending };
}

/** The words that are still to be read. */
class WordQueue {
  readonly #words: readonly ShellWord[];
  #at = 0;

  constructor(words: readonly ShellWord[]) {
    this.#words = words;
  }

  take(): ShellWord | undefined {
    return this.#words[this.#at++];
  }

  takeAll(): readonly ShellWord[] {
    const rest = this.#words.slice(this.#at);
    this.#at = this.#words.length;
    return rest;
  }

  /** Passes over what is likely the value of a flag that nobody knows: one complaint is enough. */
  skipValue(): void {
    const next = this.#words[this.#at];
    if (next && !next.text.startsWith("-")) this.#at++;
  }
}

type ReadWord = Pick<ReadFlags, "uses" | "problems"> & { readonly pending?: ObserveFlag };

function readLong(word: ShellWord, rest: WordQueue): ReadWord {
  const equals = word.text.indexOf("=");
  const nameEnd = equals === -1 ? word.text.length : equals;
  const name = word.text.slice(2, nameEnd);
  const nameRange = partRange(word, 0, nameEnd);
  if (name === "" || name.startsWith("-")) return failed("bad-flag", "A flag is written --name", word.range);
  const flag = flagNamed(name);
  if (!flag) {
    if (equals === -1) rest.skipValue();
    return unknownFlag(name, nameRange);
  }
  if (equals === -1) return takeValue(flag, nameRange, rest);
  const valueRange = partRange(word, equals + 1);
  return {
    uses: [{ flag, value: word.text.slice(equals + 1), range: word.range, valueRange }],
    problems: [],
  };
}

function readShort(word: ShellWord, rest: WordQueue): ReadWord {
  const uses: FlagUse[] = [];
  for (let at = 1; at < word.text.length; at++) {
    const letter = word.text.charAt(at);
    const flag = flagWithShort(letter);
    const range = {
      start: (at === 1 ? word.range : partRange(word, at, at + 1)).start,
      end: partRange(word, at, at + 1).end,
    };
    if (!flag) {
      if (flagNamed(word.text.slice(1))?.value === "text") rest.skipValue();
      return { uses, problems: [unknownShort(letter, word)] };
    }
    const tail = word.text.slice(at + 1);
    // A lone = is a value itself: so the CLI reads -t=.
    const valueStart = tail.length > 1 && tail.startsWith("=") ? at + 2 : at + 1;
    if (valueStart === at + 2 || (flag.value === "text" && tail !== "")) {
      const value = word.text.slice(valueStart);
      const whole = { start: range.start, end: word.range.end };
      uses.push({ flag, value, range: whole, valueRange: partRange(word, valueStart) });
      return { uses, problems: [] };
    }
    if (flag.value === "text") {
      const taken = takeValue(flag, range, rest);
      return { ...taken, uses: [...uses, ...taken.uses] };
    }
    uses.push({ flag, value: undefined, range, valueRange: undefined });
  }
  return { uses, problems: [] };
}

function takeValue(flag: ObserveFlag, nameRange: TextRange, rest: WordQueue): ReadWord {
  if (flag.value === "none") {
    return { uses: [{ flag, value: undefined, range: nameRange, valueRange: undefined }], problems: [] };
  }
  const value = rest.take();
  if (!value) {
    const message = `--${flag.name} needs ${flag.takes ?? "a value"} after it: ${flag.meaning}`;
    return { ...failed("missing-value", message, nameRange), pending: flag };
  }
  const range = { start: nameRange.start, end: value.range.end };
  return { uses: [{ flag, value: value.text, range, valueRange: value.range }], problems: [] };
}

const names = observeFlags.map(({ name }) => name);

function unknownFlag(name: string, range: TextRange): ReadWord {
  const nearest = nearestWord(name, names);
  if (nearest === undefined) return failed("unknown-flag", `There is no flag --${name}`, range);
  const message = `There is no flag --${name}; did you mean --${nearest}?`;
  return { uses: [], problems: [{ ...problem("unknown-flag", message, range), fix: `--${nearest}` }] };
}

/** A letter that is no flag; with one dash before the name of a flag, the whole word is meant. */
function unknownShort(letter: string, word: ShellWord): Problem {
  const [, name = ""] = /^-([\w-]+)/.exec(word.text) ?? [];
  if (flagNamed(name)) {
    const range = partRange(word, 0, name.length + 1);
    const message = `There is no flag -${letter}; did you mean --${name}?`;
    return { ...problem("unknown-flag", message, range), fix: `--${name}` };
  }
  const shorts = observeFlags.flatMap(({ short }) => (short === undefined ? [] : [`-${short}`]));
  const at = Math.max(1, word.text.indexOf(letter, 1));
  return problem(
    "unknown-flag",
    `There is no flag -${letter}; there are ${shorts.join(", ")}`,
    partRange(word, at, at + 1),
  );
}

function failed(code: string, message: string, range: TextRange): ReadWord {
  return { uses: [], problems: [problem(code, message, range)] };
}

function problem(code: string, message: string, range: TextRange): Problem {
  return { severity: "error", code, message, range };
}
