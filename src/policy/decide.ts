import { matchPeers } from "./compiledPolicy.ts";
import { type Connection, type ConnectionFacts, factsOf } from "./connection.ts";
import type { Decision, RuleMatch } from "./decision.ts";
import { conclude } from "./conclude.ts";
import type { PolicySet, Subjection } from "./policySet.ts";
import { requiresOf } from "./requires.ts";
import { matchPorts, ruleMatchOf } from "./ruleMatch.ts";
import { hasBit, type RuleSet } from "./ruleSet.ts";

export type { Connection } from "./connection.ts";

/** What the policies say about a connection: deny before allow before default. */
export function decide(set: PolicySet, connection: Connection): Decision {
  const facts = factsOf(connection, set.context);
  const subjection = set.subject(facts.subject);
  const index = set.index(facts.direction);
  const subject = subjection.rules(facts.direction);
  const peers = index.ofPeer(facts.peer);
  const ports = index.ofPort(connection.l4);
  const rules: RuleMatch[] = [];
  let ask: Asker | undefined;
  for (const word of shorter(subject, peers)) {
    let bits = (subject.may[word] ?? 0) & (peers.may[word] ?? 0) & (ports.may[word] ?? 0);
    while (bits !== 0) {
      ask ??= asker(set, facts, { peers, ports });
      const match = ask(lowestOf(bits, word));
      if (match.match !== "no") rules.push(match);
      bits &= bits - 1;
    }
  }
  return conclude(rules, subjection, facts);
}

/** What a decision stands on; connections for which all of it is the same are decided alike, where it is `told`. */
export interface Grounds {
  readonly subjection: Subjection;
  readonly peers: RuleSet;
  readonly ports: RuleSet;
  readonly isLocalHost: boolean;
  /** Else the connection itself must be asked. */
  readonly told: boolean;
}

/** Finds what the decision about a connection stands on, which costs less than to decide. */
export function groundsOf(set: PolicySet, connection: Connection): Grounds {
  const facts = factsOf(connection, set.context);
  const subjection = set.subject(facts.subject);
  const index = set.index(facts.direction);
  const peers = index.ofPeer(facts.peer);
  const ports = index.ofPort(connection.l4);
  const told = index.isTold(subjection.rules(facts.direction), peers);
  return { subjection, peers, ports, isLocalHost: facts.isLocalHost, told };
}

/** The allow rules whose peer fits a connection and whose port does not: what a denied one has missed by a port. */
export function nearMisses(set: PolicySet, connection: Connection): readonly RuleMatch[] {
  const facts = factsOf(connection, set.context);
  const index = set.index(facts.direction);
  const subject = set.subject(facts.subject).rules(facts.direction);
  const peers = index.ofPeer(facts.peer);
  const ports = index.ofPort(connection.l4);
  const rules: RuleMatch[] = [];
  const ask = asker(set, facts, { peers, ports });
  for (const word of shorter(subject, peers)) {
    let bits = (subject.may[word] ?? 0) & (peers.yes[word] ?? 0) & ~(ports.yes[word] ?? 0);
    while (bits !== 0) {
      const match = ask(lowestOf(bits, word));
      if (match.section.effect === "allow" && match.peer === "yes" && match.port === "no") rules.push(match);
      bits &= bits - 1;
    }
  }
  return rules;
}

/** The words that either set holds rules in, of the set that has fewer: no other can hold rules of both. */
function shorter(one: RuleSet, other: RuleSet): readonly number[] {
  return one.words.length < other.words.length ? one.words : other.words;
}

/** The number of the lowest rule in a word of a set. */
function lowestOf(bits: number, word: number): number {
  return word * 32 + 31 - Math.clz32(bits & -bits);
}

type Asker = (number: number) => RuleMatch;

/** Asks one rule for what the sets leave open. */
function asker(
  set: PolicySet,
  facts: ConnectionFacts,
  found: { readonly peers: RuleSet; readonly ports: RuleSet },
): Asker {
  const index = set.index(facts.direction);
  const subjection = set.subject(facts.subject);
  const requires = requiresOf(index.requiring, subjection, facts);
  return (number) => {
    const rule = index.rules[number];
    if (!rule) throw new Error(`There is no rule ${number}`);
    const answers = {
      selects: subjection.answerOf(rule.spec),
      peer: hasBit(found.peers.yes, number) ? ("yes" as const) : matchPeers(rule, facts.peer),
      port: hasBit(found.ports.yes, number) ? ("yes" as const) : matchPorts(rule, facts),
      requires: requires[rule.section.effect],
    };
    return ruleMatchOf(rule, answers, facts);
  };
}
