import type { PolicyName } from "../flows/flow.ts";
import type { Connection } from "../policy/decide.ts";
import type { Decision, RuleMatch } from "../policy/decision.ts";
import type { PolicyRule, PortMatch } from "../policy/policy.ts";

/** What an enforced direction does with a connection, and how Hubble reports it on a policy-verdict event. */
export type PolicyVerdict =
  /** Nothing enforces this direction: no event. */
  | { readonly outcome: "none" }
  | {
      readonly outcome: "allowed" | "redirected";
      readonly matchType: number;
      readonly allowedBy: readonly PolicyName[];
    }
  | {
      readonly outcome: "denied";
      /** `POLICY_DENY`: a deny rule; `POLICY_DENIED`: no rule, and then nobody is named. */
      readonly dropReason: "POLICY_DENY" | "POLICY_DENIED";
      readonly matchType: number;
      readonly deniedBy: readonly PolicyName[];
    };

/** `policy_match_type`: which parts of the winning entry of the policy map are not wildcards. */
const matchTypes = {
  none: 0,
  l3Only: 1,
  l3L4: 2,
  l4Only: 3,
  all: 4,
  l3Protocol: 5,
  protocolOnly: 6,
} as const;

/** Longest match first, as the datapath looks an entry up: the port counts more than the peer. */
const matchOrder: readonly number[] = [
  matchTypes.l3L4,
  matchTypes.l4Only,
  matchTypes.l3Protocol,
  matchTypes.protocolOnly,
  matchTypes.l3Only,
  matchTypes.all,
];

/** Turns a decision into what the datapath does and says; what cannot be decided is let through without an event. */
export function policyVerdict(
  decision: Decision,
  from: { readonly connection: Connection; readonly revision: string },
): PolicyVerdict {
  const { connection, revision } = from;
  switch (decision.reason) {
    case "not-enforced":
    case "undecidable":
      return { outcome: "none" };
    case "default-deny":
      return { outcome: "denied", dropReason: "POLICY_DENIED", matchType: matchTypes.none, deniedBy: [] };
    case "explicit-deny": {
      const { matchType, names } = winners(decision.rules, "deny", from);
      return { outcome: "denied", dropReason: "POLICY_DENY", matchType, deniedBy: names };
    }
    case "allow-rule": {
      const { matchType, names } = winners(decision.rules, "allow", from);
      return { outcome: decision.redirected ? "redirected" : "allowed", matchType, allowedBy: names };
    }
    case "localhost": {
      const allowedBy = [derivedName("allow-localhost-ingress", revision)];
      return { outcome: "allowed", matchType: matchTypes.l3Only, allowedBy };
    }
    case "default-allow": {
      const allowedBy = [derivedName(`allow-any-${connection.direction}`, revision)];
      return { outcome: "allowed", matchType: matchTypes.all, allowedBy };
    }
  }
}

/** Only those whose entry wins are named, not all that match. */
function winners(
  rules: readonly RuleMatch[],
  effect: "allow" | "deny",
  from: { readonly connection: Connection; readonly revision: string },
): { readonly matchType: number; readonly names: readonly PolicyName[] } {
  const matching = rules.filter(({ section, match }) => section.effect === effect && match === "yes");
  const typed = matching.map((match) => ({ match, type: matchTypeOf(match.rule, from.connection) }));
  const matchType = matchOrder.find((type) => typed.some((entry) => entry.type === type)) ?? matchTypes.all;
  const names = new Map<string, PolicyName>();
  for (const { match, type } of typed) {
    if (type !== matchType) continue;
    const { kind, namespace, name } = match.policy;
    // Each spec of a policy has labels of its own, the rules of one spec share them.
    names.set(`${kind}|${namespace}|${name}|${match.spec.path}`, {
      kind,
      namespace,
      name,
      labels: originLabels(match.policy),
      revision: from.revision,
    });
  }
  return { matchType, names: [...names.values()] };
}

function matchTypeOf(rule: PolicyRule, { l4 }: Connection): number {
  const anyPeer =
    rule.peers === "any" || rule.peers.some((peer) => peer.type === "entity" && peer.entity === "all");
  if (rule.ports === "any") return anyPeer ? matchTypes.all : matchTypes.l3Only;
  const ports = rule.ports.flatMap((item) => item.ports);
  const anyPort = l4 === undefined || !ports.some((port) => namesPort(port, l4.port));
  if (anyPort) return anyPeer ? matchTypes.protocolOnly : matchTypes.l3Protocol;
  return anyPeer ? matchTypes.l4Only : matchTypes.l3L4;
}

function namesPort(match: PortMatch, port: number): boolean {
  if (match.type !== "range") return true;
  return !(match.first === 0 && match.last === 65535) && match.first <= port && port <= match.last;
}

function originLabels(policy: {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}): readonly string[] {
  const prefix = "k8s:io.cilium.k8s.policy.";
  return [
    `${prefix}derived-from=${policy.kind}`,
    `${prefix}name=${policy.name}`,
    ...(policy.namespace === "" ? [] : [`${prefix}namespace=${policy.namespace}`]),
  ];
}

/** What the agent made up itself has labels, but no name. */
function derivedName(from: string, revision: string): PolicyName {
  return {
    kind: "",
    namespace: "",
    name: "",
    labels: [`reserved:io.cilium.policy.derived-from=${from}`],
    revision,
  };
}
