import type { Problem } from "../../base/problem.ts";
import type { ShellWord } from "./shellWord.ts";
import { strayWord } from "./strayWord.ts";

/** The arguments within a text that may be a whole command. */
export interface Command {
  /** What follows the program's name; all words where no program is named. */
  readonly words: readonly ShellWord[];
  /** Does a word, where a flag could stand, end the command? */
  readonly endsCommand: (word: ShellWord) => boolean;
}

/**
 * Finds the arguments of `hubble observe` in words that may be a command as it stands in a terminal: behind a prompt,
 * variables, `kubectl exec … --`, and before a pipe or the lines that it printed.
 */
export function readCommand(words: readonly ShellWord[]): Command {
  const program = programIndex(words);
  if (program === -1) {
    const isPrompt = words[0]?.plain === true && /^[$%>❯➜»]$/u.test(words[0].text);
    return { words: isPrompt ? words.slice(1) : words, endsCommand: isOperator };
  }
  const first = words[program + 1];
  return {
    words: words.slice(program + 1),
    endsCommand: (word) => isOperator(word) || (word.startsLine && word !== first),
  };
}

/** Where `hubble` stands, or what else knows `observe`; -1 when no program is named. */
function programIndex(words: readonly ShellWord[]): number {
  if (words[0] === undefined || words[0].text.startsWith("-")) return -1;
  return words.findIndex((word, index) => isProgram(word.text) && leadsToCommand(words, index));
}

function isProgram(text: string): boolean {
  return /(^|[/\\])(hubble(\.exe)?|hubble-lens|cli\.js)$/.test(text);
}

/** Does a sub-command follow, after flags at most; or does the text begin with the program? */
function leadsToCommand(words: readonly ShellWord[], program: number): boolean {
  if (program === 0) return true;
  for (let at = program + 1; at < Math.min(words.length, program + mostFlags); at++) {
    if (words[at]?.text === "observe") return true;
    const isFlag = words[at]?.text.startsWith("-") === true;
    const isValue = at > program + 1 && words[at - 1]?.text.startsWith("-") === true;
    if (!isFlag && !isValue) return false;
  }
  return false;
}

/** Words between the program and its sub-command: more than there are flags for. */
const mostFlags = 64;

function isOperator({ text, plain }: ShellWord): boolean {
  return plain && /^(\|\|?|&&?|;|\d?>{1,2}(&\d|\S*)|<\S*)$/.test(text);
}

/**
 * Judges the words that are neither flags nor values: `observe` and `flows` name what is read, other sub-commands tell
 * of no flows, and anything else is not expected.
 */
export function strayProblems(strays: readonly ShellWord[]): readonly Problem[] {
  const subCommands = ["observe", "flows"];
  let expected = 0;
  return strays.flatMap((word) => {
    const at = subCommands.indexOf(word.text, expected);
    if (at !== -1 && word.plain) {
      expected = at + 1;
      return [];
    }
    const { range } = word;
    if (otherEvents.includes(word.text)) {
      const message = `hubble observe ${word.text} tells of agents, not of flows: nothing is shown of it here`;
      return [{ severity: "error" as const, code: "other-events", message, range }];
    }
    if (!otherCommands.includes(word.text)) return [strayWord(word)];
    const message = `hubble ${word.text} is not about flows: only hubble observe is understood here`;
    return [{ severity: "error" as const, code: "other-command", message, range }];
  });
}

const otherEvents = ["agent-events", "debug-events"];
const otherCommands = ["status", "list", "watch", "record", "version", "config", "completion", "help"];
