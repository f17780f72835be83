import { matchPeers } from "./compiledPolicy.ts";
import { type Connection, factsOf } from "./connection.ts";
import { matchOf } from "./answer.ts";
import { type Mismatch, mismatchOf } from "./mismatch.ts";
import type { PolicySpec } from "./policy.ts";
import type { PolicySet } from "./policySet.ts";
import { matchPorts } from "./ruleMatch.ts";

/**
 * Of the rules of one spec that might have allowed a connection, the first fact that keeps the nearest of them from
 * it: a port is nearer than a namespace, and that nearer than a label. `undefined`: there is no rule that does not match.
 */
export function nearestMiss(set: PolicySet, spec: PolicySpec, connection: Connection): Mismatch | undefined {
  const facts = factsOf(connection, set.context);
  const { selected } = set.subject(facts.subject);
  const compiled = selected.find((one) => one.compiled.spec === spec)?.compiled;
  let nearest: Mismatch | undefined;
  for (const rule of compiled?.rules[facts.direction] ?? []) {
    if (rule.section.effect !== "allow") continue;
    const answers = { peer: matchOf(matchPeers(rule, facts.peer)), port: matchOf(matchPorts(rule, facts)) };
    if (answers.peer !== "no" && answers.port !== "no") continue;
    const mismatch = mismatchOf(rule, facts, answers);
    if (!nearest || rank(mismatch) > rank(nearest)) nearest = mismatch;
  }
  return nearest;
}

function rank(mismatch: Mismatch): number {
  switch (mismatch.fact) {
    case "port":
    case "icmp-type":
      return 1003;
    case "protocol":
      return 1002;
    case "implied-namespace":
    case "implied-cluster":
      return 1001;
    case "label":
      return 1 + Math.min(mismatch.met, 999);
    case "nobody":
    case "localhost":
    case "entity":
    case "inside-cluster":
    case "address":
    case "dns-name":
    case "node":
    case "service":
    case "group":
      return 0;
  }
}
