import type { FilterTerm } from "./filterTerm.ts";
import { readCommand } from "./readCommand.ts";
import { readFlags } from "./readFlags.ts";
import { readTerms } from "./readTerms.ts";
import { splitWords } from "./splitWords.ts";

/** The terms of a line without what they mean. */
export interface LineTerms {
  readonly terms: readonly FilterTerm[];
  /** The line is nothing but terms: more can be written behind it. */
  readonly isPlain: boolean;
}

/** Reads the terms of a line, whether or not their values are right. */
export function readLineTerms(text: string): LineTerms {
  const split = splitWords(text);
  const command = readCommand(split.words);
  const flags = readFlags(command.words, command.endsCommand);
  const { terms, problems } = readTerms(flags.uses);
  const isPlain =
    command.words.length === split.words.length &&
    flags.rest.length + flags.strays.length === 0 &&
    ![...split.problems, ...flags.problems, ...problems].some(({ severity }) => severity === "error");
  return { terms, isPlain };
}
