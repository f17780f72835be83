import { type Answer, bothOf } from "./answer.ts";
import type { CompiledRule } from "./compiledPolicy.ts";
import type { ConnectionFacts } from "./connection.ts";
import type { Subjection } from "./policySet.ts";

/** What constrains all rules of a subject: `fromRequires` of allow rules binds allow rules, of deny rules deny rules. */
export interface Requires {
  readonly allow: Answer;
  readonly deny: Answer;
}

const unbound: Requires = { allow: "yes", deny: "yes" };

/** Asks all constraints of the specs that select a connection's subject. */
export function requiresOf(
  requiring: readonly CompiledRule[],
  subjection: Pick<Subjection, "answerOf">,
  facts: ConnectionFacts,
): Requires {
  if (requiring.length === 0) return unbound;
  const requires: Record<keyof Requires, Answer> = { ...unbound };
  for (const rule of requiring) {
    const selects = subjection.answerOf(rule.spec);
    if (selects === "no") continue;
    const { effect } = rule.section;
    for (const matches of rule.requires) {
      const answer = matches(facts.peer);
      // A constraint of a spec that may not select the subject may not hold.
      requires[effect] = bothOf(requires[effect], answer === "yes" || selects === "yes" ? answer : selects);
    }
  }
  return requires;
}
