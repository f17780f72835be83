import type { WritingStyle } from "./fieldSnippet.ts";

/** The beginning of a document says how the rest is written. */
const mostLetters = 20_000;

/** How a document is written, by what it has of it: as most are, where it has nothing. */
export function writingStyle(text: string): WritingStyle {
  const steps = new Map<number, number>();
  let [flat, deep] = [0, 0];
  let opening: number | undefined;
  for (const line of text.slice(0, mostLetters).split("\n")) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const indent = line.length - line.trimStart().length;
    if (opening !== undefined) {
      const step = indent - opening;
      if (/^\s*- /.test(line)) {
        if (step === 0) flat += 1;
        else if (step > 0) deep += 1;
      } else if (step > 0) steps.set(step, (steps.get(step) ?? 0) + 1);
    }
    // Behind dashes it is the key that counts, not where the line begins.
    opening = /:\s*$/.test(line) ? (/^ *(?:- +)*/.exec(line)?.[0].length ?? 0) : undefined;
  }
  const [step] = [...steps].sort(([, one], [, other]) => other - one)[0] ?? [2];
  return { step, dash: flat > deep ? 0 : step };
}
