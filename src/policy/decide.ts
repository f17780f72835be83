import { parseAddress } from "../base/ipAddress.ts";
import type { Endpoint, Layer4Protocol } from "../flows/flow.ts";
import { type Answer, anyOf, bothOf, matchOf } from "./answer.ts";
import type { ClusterContext } from "./clusterContext.ts";
import type { Decision, DecisionReason, Match, MissingFact, RuleMatch } from "./decision.ts";
import { clusterKey, type LabelSet, labelsOf } from "./labelSet.ts";
import type { PeerFacts } from "./peerMatcher.ts";
import type { Direction } from "./policy.ts";
import type { CompiledRule, PolicySet, SelectedSpec } from "./policySet.ts";
import { matchItem, type PortFacts } from "./portMatcher.ts";

/** One connection as one side's node sees it: INGRESS is decided for the destination, EGRESS for the source. */
export interface Connection {
  readonly direction: Direction;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  /** Empty when not known. */
  readonly sourceIp: string;
  readonly destinationIp: string;
  /** The destination port after service translation, or the ICMP type. */
  readonly l4?: { readonly protocol: Layer4Protocol; readonly port: number };
}

/** What the policies say about a connection: deny before allow before default. */
export function decide(set: PolicySet, connection: Connection): Decision {
  const { direction } = connection;
  const subject = direction === "ingress" ? connection.destination : connection.source;
  const selected = set.context.enforcementMode === "never" ? [] : set.selecting(subject);
  const posture = postureOf(selected, labelsOf(subject), { direction, context: set.context });
  const rules: RuleMatch[] = [];
  const facts = factsOf(connection, subject, set.context);
  let requires: Answer = "yes";
  for (const spec of selected) {
    for (const rule of spec.compiled.rules[direction]) {
      rules.push(matchRule(rule, spec, facts));
      for (const matcher of rule.requires) {
        requires = bothOf(requires, requiresAnswer(matcher(facts.peer), set.context));
      }
    }
  }
  const selecting = selected.map(({ compiled, selects }) => ({
    policy: compiled.policy,
    spec: compiled.spec,
    selects: selects === "yes" ? ("yes" as const) : ("undecidable" as const),
  }));
  const outcome = outcomeOf(rules, posture, { requires, isLocalHost: facts.isLocalHost });
  const redirected = outcome.verdict === "allowed" && outcome.redirected;
  const mode = rules.find(({ rule, match }) => match === "yes" && rule.authentication)?.rule.authentication;
  return {
    ...posture,
    ...outcome,
    redirected,
    ...(mode !== undefined && outcome.reason === "allow-rule" ? { authentication: mode } : {}),
    rules,
    selecting,
  };
}

interface Facts {
  /** The node reaches its own pods whatever the allow rules say: then none of them decides. */
  readonly isLocalHost: boolean;
  readonly peer: PeerFacts;
  readonly port: PortFacts;
  readonly context: ClusterContext;
}

function factsOf(connection: Connection, subject: Endpoint, context: ClusterContext): Facts {
  const ingress = connection.direction === "ingress";
  const address = parseAddress(ingress ? connection.sourceIp : connection.destinationIp);
  const localCluster = context.clusterName ?? labelsOf(subject).get("k8s", clusterKey);
  const labels = labelsOf(ingress ? connection.source : connection.destination);
  return {
    isLocalHost: ingress && labels.isHost && context.allowLocalhost !== "policy",
    peer: { labels, address, localCluster },
    port: { direction: connection.direction, subject, l4: connection.l4 },
    context,
  };
}

function matchRule(rule: CompiledRule, selected: SelectedSpec, facts: Facts): RuleMatch {
  const peer = facts.isLocalHost && rule.section.effect === "allow" ? "no" : rule.peer(facts.peer);
  const items = rule.rule.ports === "any" ? [] : rule.rule.ports;
  const port =
    rule.rule.ports === "any" ? "yes" : anyOf(items, (item) => matchItem(item, facts.port, facts.context));
  const answer = bothOf(bothOf(peer, port), selected.selects);
  const match = matchOf(answer);
  return {
    policy: rule.policy,
    spec: rule.spec,
    section: rule.section,
    rule: rule.rule,
    match,
    peer: matchOf(peer),
    port: matchOf(port),
    missing: match === "undecidable" ? factsIn([selected.selects, peer, port]) : [],
    redirects: items.some(
      (item) => (item.l7 ?? item.proxied) && matchItem(item, facts.port, facts.context) === "yes",
    ),
  };
}

function factsIn(answers: readonly Answer[]): readonly MissingFact[] {
  return answers.filter((answer) => typeof answer !== "string");
}

/** Agents up to 1.18 bind every rule by `fromRequires`; later ones refuse such a policy. */
function requiresAnswer(answer: Answer, context: ClusterContext): Answer {
  if (answer === "yes") return "yes";
  const version = context.agentVersion;
  if (!version) return { field: "requires", needs: "the agents' version" };
  return version.major === 1 && version.minor < 19 ? answer : "yes";
}

interface Posture {
  readonly enforced: boolean | null;
  readonly deniesByDefault: boolean | null;
}

function postureOf(
  selected: readonly SelectedSpec[],
  subject: LabelSet,
  place: { readonly direction: Direction; readonly context: ClusterContext },
): Posture {
  const { direction, context } = place;
  if (context.enforcementMode === "never") return { enforced: false, deniesByDefault: false };
  const isInit = subject.keysOf("reserved").includes("init");
  if (context.enforcementMode === "always" || isInit) return { enforced: true, deniesByDefault: true };
  const ask = (holds: (spec: SelectedSpec) => boolean): boolean | null => {
    const holding = selected.filter(holds);
    if (holding.some((spec) => spec.selects === "yes")) return true;
    return holding.length > 0 ? null : false;
  };
  const enforced = ask(({ compiled }) => compiled.spec.enforces[direction]);
  const deniesByDefault = ask(({ compiled }) =>
    context.nonDefaultDenyPolicies === false
      ? compiled.spec.enforces[direction]
      : compiled.spec.defaultDenies[direction],
  );
  return { enforced, deniesByDefault };
}

interface Outcome {
  readonly verdict: Decision["verdict"];
  readonly reason: DecisionReason;
  readonly redirected: boolean;
}

const undecidable: Outcome = { verdict: "undecidable", reason: "undecidable", redirected: false };

function outcomeOf(
  rules: readonly RuleMatch[],
  posture: Posture,
  rest: { readonly requires: Answer; readonly isLocalHost: boolean },
): Outcome {
  if (posture.enforced === false) return { verdict: "allowed", reason: "not-enforced", redirected: false };
  let denies: Match = "no";
  let allows: Match = "no";
  let redirected = false;
  for (const { section, match, redirects } of rules) {
    if (match === "no") continue;
    if (section.effect === "deny") denies = stronger(denies, match);
    else {
      allows = stronger(allows, match);
      redirected ||= match === "yes" && redirects;
    }
  }
  if (allows !== "no") allows = matchOf(bothOf(rest.requires, allows === "yes" ? "yes" : openAnswer));
  if (denies === "yes") return { verdict: "denied", reason: "explicit-deny", redirected: false };
  const otherwise = outcomeWithoutDeny(allows, posture, rest.isLocalHost);
  if (denies === "no") return { ...otherwise, redirected: redirected && otherwise.reason === "allow-rule" };
  return otherwise.verdict === "denied" ? { ...undecidable, verdict: "denied" } : undecidable;
}

const openAnswer: Answer = { field: "", needs: "" };

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
