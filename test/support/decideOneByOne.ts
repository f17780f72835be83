import type { Answer } from "../../src/policy/answer.ts";
import { type CompiledRule, matchPeers, type SelectedSpec } from "../../src/policy/compiledPolicy.ts";
import { conclude } from "../../src/policy/conclude.ts";
import { type Connection, factsOf } from "../../src/policy/connection.ts";
import type { Decision, RuleMatch } from "../../src/policy/decision.ts";
import { labelsOf } from "../../src/policy/labelSet.ts";
import { type PolicySet, selectsSubject } from "../../src/policy/policySet.ts";
import { postureOf } from "../../src/policy/posture.ts";
import { requiresOf } from "../../src/policy/requires.ts";
import { matchPorts, ruleMatchOf } from "../../src/policy/ruleMatch.ts";

/** The decision without any index: every rule of the set is asked whom it is for, then for its peer and its port. */
export function decideOneByOne(set: PolicySet, connection: Connection): Decision {
  const { context } = set;
  const facts = factsOf(connection, context);
  const labels = labelsOf(facts.subject);
  const selected: SelectedSpec[] = [];
  const candidates: CompiledRule[] = [];
  for (const compiled of context.enforcementMode === "never" ? [] : set.specs) {
    const select = (): Answer => selectsSubject(compiled, labels, context);
    const rules = compiled.rules[facts.direction];
    candidates.push(...rules.filter(() => select() !== "no"));
    const selects = select();
    if (selects !== "no") selected.push({ compiled, selects });
  }
  const answers = new Map(selected.map(({ compiled, selects }) => [compiled.spec, selects]));
  const requires = requiresOf(
    candidates.filter((rule) => rule.requires.length > 0),
    { answerOf: (spec) => answers.get(spec) ?? "no" },
    facts,
  );
  const rules: RuleMatch[] = [];
  for (const rule of candidates) {
    const match = ruleMatchOf(
      rule,
      {
        selects: answers.get(rule.spec) ?? "no",
        peer: matchPeers(rule, facts.peer),
        port: matchPorts(rule, facts),
        requires: requires[rule.section.effect],
      },
      facts,
    );
    if (match.match !== "no") rules.push(match);
  }
  const isInit = labels.keysOf("reserved").includes("init");
  const subjection = {
    selecting: selected.map(({ compiled, selects }) => ({
      policy: compiled.policy,
      spec: compiled.spec,
      selects: selects === "yes" ? ("yes" as const) : ("undecidable" as const),
    })),
    posture: (direction: Connection["direction"]) => postureOf(selected, { direction, isInit, context }),
  };
  return conclude(rules, subjection, facts);
}
