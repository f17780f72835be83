import { parseAddress, parseAddressBlock } from "../../base/ipAddress.ts";
import type { Problem } from "../../base/problem.ts";
import { flagNamed, observeFlags } from "./observeFlags.ts";
import { quoteWord } from "./quoteWord.ts";
import type { ShellWord } from "./shellWord.ts";

/** The problem with a word that no flag takes, with the flag that was likely meant. */
export function strayWord({ text, range }: ShellWord): Problem {
  const meant = likelyTerm(text);
  const hint =
    meant === undefined ? "a filter begins with a flag, as in --pod default/web" : `did you mean ${meant}?`;
  const problem = {
    severity: "error",
    code: "stray-word",
    message: `“${text}” belongs to no flag; ${hint}`,
    range,
  } as const;
  return meant === undefined || meant.startsWith("--flag") ? problem : { ...problem, fix: meant };
}

/** What somebody may have meant who wrote a bare word. */
function likelyTerm(text: string): string | undefined {
  if (flagNamed(text)) return `--${text}`;
  // Dashes as word processors and web pages make them.
  const dashed = /^[\u2010-\u2015\u2212]+-?([\w-]+)/.exec(text)?.[1];
  if (dashed !== undefined && flagNamed(dashed)) return text.replace(/^[\u2010-\u2015\u2212]+-?/, "--");
  const named = /^([\w-]+)=/.exec(text)?.[1];
  if (named !== undefined && flagNamed(named)) return `--${text}`;
  if (text === "true" || text === "false") return `--flag=${text}, without a space`;
  const fixed = observeFlags.find(
    ({ group, words }) =>
      (group === "filter" || group === "ours") &&
      words?.some((word) => word.toLowerCase() === text.toLowerCase()),
  );
  if (fixed) {
    const word = fixed.words?.find((each) => each.toLowerCase() === text.toLowerCase()) ?? text;
    return `--${fixed.name} ${word}`;
  }
  if (/^\d{1,5}$/.test(text)) return `--port ${text}`;
  if (parseAddress(text) ?? parseAddressBlock(text)) return `--ip ${text}`;
  if (/^[\w.-]+\/[\w.-]*$/.test(text)) return `--pod ${quoteWord(text)}`;
  return undefined;
}
