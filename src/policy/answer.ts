import type { Match, MissingFact } from "./decision.ts";

/** An answer to "does this fit?": decided, or the fact that is missing to decide it. */
export type Answer = "yes" | "no" | MissingFact;

/** One yes is enough; else one missing fact leaves it open. */
export function anyOf<T>(parts: readonly T[], ask: (part: T) => Answer): Answer {
  let open: MissingFact | undefined;
  for (const part of parts) {
    const answer = ask(part);
    if (answer === "yes") return "yes";
    if (answer !== "no") open ??= answer;
  }
  return open ?? "no";
}

/** One no is enough; else one missing fact leaves it open. */
export function bothOf(one: Answer, other: Answer): Answer {
  if (one === "no" || other === "no") return "no";
  return one === "yes" ? other : one;
}

/** The answer without the fact that is missing. */
export function matchOf(answer: Answer): Match {
  return typeof answer === "string" ? answer : "undecidable";
}
