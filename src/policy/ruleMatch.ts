import { type Answer, anyOf, bothOf, matchOf } from "./answer.ts";
import type { CompiledRule } from "./compiledPolicy.ts";
import type { ConnectionFacts } from "./connection.ts";
import type { MissingFact, RuleMatch } from "./decision.ts";
import { l7PartOf, matchItem } from "./portMatcher.ts";

/** What is known of a rule before it is asked. */
export interface RuleAnswers {
  readonly selects: Answer;
  readonly peer: Answer;
  readonly port: Answer;
  /** Of the constraints on all rules of its effect. */
  readonly requires: Answer;
}

/** Puts together what a rule answers to a connection. */
export function ruleMatchOf(compiled: CompiledRule, answers: RuleAnswers, facts: ConnectionFacts): RuleMatch {
  const { policy, spec, section, rule } = compiled;
  const { selects, port } = answers;
  const peer = facts.isLocalHost && section.effect === "allow" ? "no" : answers.peer;
  const match = bothOf(bothOf(peer, port), selects);
  const requires = compiled.isBound ? answers.requires : "yes";
  const decides = bothOf(match, requires);
  return {
    policy,
    spec,
    section,
    rule,
    match: matchOf(match),
    peer: matchOf(peer),
    port: matchOf(port),
    decides: matchOf(decides),
    missing: isOpen(decides) || isOpen(match) ? [selects, peer, port, requires].filter(isOpen) : [],
    redirects: compiled.isProxied && isProxiedFor(compiled, facts),
  };
}

/** Does one of the ports of a rule fit? Asks all of them. */
export function matchPorts({ rule }: CompiledRule, facts: ConnectionFacts): Answer {
  if (rule.ports === "any") return "yes";
  return anyOf(rule.ports, (item) => matchItem(item, facts.port, facts.context));
}

function isProxiedFor({ rule }: CompiledRule, facts: ConnectionFacts): boolean {
  if (rule.ports === "any") return false;
  return rule.ports.some(
    (item) =>
      (item.proxied || l7PartOf(item, facts.context) !== undefined) &&
      matchItem(item, facts.port, facts.context) === "yes",
  );
}

function isOpen(answer: Answer): answer is MissingFact {
  return typeof answer !== "string";
}
