import { matchPeers } from "./compiledPolicy.ts";
import { type Connection, factsOf } from "./connection.ts";
import { requiresOf } from "./requires.ts";
import type { RuleMatch } from "./decision.ts";
import { type Mismatch, mismatchOf } from "./mismatch.ts";
import type { PolicySet } from "./policySet.ts";
import { matchPorts, ruleMatchOf } from "./ruleMatch.ts";

/** A rule's answer, and where it is no, the first fact that makes it so. */
export interface JudgedRule extends RuleMatch {
  readonly mismatch?: Mismatch;
}

/**
 * Every rule for a connection's direction of every spec that selects the subject, or may: one after another, for those
 * who want to see them all. `decide` finds the ones that match without asking the others.
 */
export function everyRule(set: PolicySet, connection: Connection): readonly JudgedRule[] {
  const facts = factsOf(connection, set.context);
  const subjection = set.subject(facts.subject);
  const requires = requiresOf(set.index(facts.direction).requiring, subjection, facts);
  return subjection.selected.flatMap(({ compiled, selects }) =>
    compiled.rules[facts.direction].map((rule) => {
      const peer = matchPeers(rule, facts.peer);
      const port = matchPorts(rule, facts);
      const match = ruleMatchOf(
        rule,
        { selects, peer, port, requires: requires[rule.section.effect] },
        facts,
      );
      const mismatch = match.match === "no" ? mismatchOf(rule, facts, match) : undefined;
      return mismatch ? { ...match, mismatch } : match;
    }),
  );
}
