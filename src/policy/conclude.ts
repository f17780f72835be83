import type { ConnectionFacts } from "./connection.ts";
import type { Decision, DecisionReason, Match, RuleMatch } from "./decision.ts";
import type { Subjection } from "./policySet.ts";
import { portBitsOf } from "./namedPolicies.ts";
import type { Posture } from "./posture.ts";

/** Draws the conclusion from the rules that match or may match: deny before allow before default. */
export function conclude(
  rules: readonly RuleMatch[],
  subjection: Pick<Subjection, "selecting" | "posture">,
  facts: ConnectionFacts,
): Decision {
  const posture = subjection.posture(facts.direction);
  const outcome = outcomeOf(rules, posture, facts.isLocalHost);
  const mode = authenticationOf(rules, facts);
  return {
    enforced: posture.enforced,
    deniesByDefault: posture.deniesByDefault,
    verdict: outcome.verdict,
    reason: outcome.reason,
    redirected: outcome.redirected,
    ...(mode !== undefined && outcome.reason === "allow-rule" ? { authentication: mode } : {}),
    rules,
    selecting: subjection.selecting,
  };
}

/** Weakest first. */
const modes = ["disabled", "required", "test-always-fail"];

/** Of several rules that ask for authentication the one for the fewest ports counts, then the one that asks for most. */
function authenticationOf(rules: readonly RuleMatch[], facts: ConnectionFacts): string | undefined {
  let best: { readonly mode: string; readonly rank: number } | undefined;
  for (const { rule, section, decides } of rules) {
    const { authentication: mode } = rule;
    if (mode === undefined || decides !== "yes" || section.effect === "deny") continue;
    const rank = portBitsOf(rule, facts.port.l4) * modes.length + modes.indexOf(mode);
    if (best === undefined || rank > best.rank) best = { mode, rank };
  }
  return best?.mode;
}

interface Outcome {
  readonly verdict: Decision["verdict"];
  readonly reason: DecisionReason;
  readonly redirected: boolean;
}

const undecidable: Outcome = { verdict: "undecidable", reason: "undecidable", redirected: false };

function outcomeOf(rules: readonly RuleMatch[], posture: Posture, isLocalHost: boolean): Outcome {
  if (posture.enforced === false) return { verdict: "allowed", reason: "not-enforced", redirected: false };
  let denies: Match = "no";
  let allows: Match = "no";
  let redirected = false;
  for (const { section, decides, redirects } of rules) {
    if (section.effect === "deny") denies = stronger(denies, decides);
    else {
      allows = stronger(allows, decides);
      redirected ||= decides === "yes" && redirects;
    }
  }
  if (denies === "yes") return { verdict: "denied", reason: "explicit-deny", redirected: false };
  const otherwise = outcomeWithoutDeny(allows, posture, isLocalHost);
  if (denies === "no") return { ...otherwise, redirected: redirected && otherwise.reason === "allow-rule" };
  return otherwise.verdict === "denied" ? { ...undecidable, verdict: "denied" } : undecidable;
}

function outcomeWithoutDeny(allows: Match, posture: Posture, isLocalHost: boolean): Outcome {
  if (allows === "yes") return { verdict: "allowed", reason: "allow-rule", redirected: false };
  if (isLocalHost) return { verdict: "allowed", reason: "localhost", redirected: false };
  if (posture.deniesByDefault === null) return undecidable;
  if (!posture.deniesByDefault) return { verdict: "allowed", reason: "default-allow", redirected: false };
  if (allows === "undecidable") return undecidable;
  return { verdict: "denied", reason: "default-deny", redirected: false };
}

function stronger(one: Match, other: Match): Match {
  if (one === "yes" || other === "yes") return "yes";
  return one === "undecidable" || other === "undecidable" ? "undecidable" : "no";
}
