import type { Steps } from "../base/steps.ts";
import { type Answer, anyOf } from "./answer.ts";
import { type ClusterContext, isSince } from "./clusterContext.ts";
import {
  type CompiledPeer,
  compilePeer,
  type PeerFacts,
  type PeerMatcher,
  type PeerPlace,
} from "./peerMatcher.ts";
import type {
  Direction,
  LabelSelector,
  Peer,
  Policy,
  PolicyRule,
  PolicySection,
  PolicySpec,
} from "./policy.ts";
import { subjectSelector } from "./labelSelector.ts";

/** A spec with what its kind implies filled in, and its rules ready to be asked. */
export interface CompiledSpec {
  readonly policy: Policy;
  readonly spec: PolicySpec;
  /** Whom it selects, with the namespace that is implied. */
  readonly subject: LabelSelector;
  readonly rules: Readonly<Record<Direction, readonly CompiledRule[]>>;
  /** What is not known of the agents decides whether they take the policy at all. */
  readonly doubt: Exclude<Answer, "no">;
}

/** A spec that selects an endpoint: decidedly, or for all that is known. */
export interface SelectedSpec {
  readonly compiled: CompiledSpec;
  readonly selects: Exclude<Answer, "no">;
}

/** A rule with its peers ready to be asked. */
export interface CompiledRule {
  readonly policy: Policy;
  readonly spec: PolicySpec;
  readonly section: PolicySection;
  readonly rule: PolicyRule;
  readonly place: PeerPlace;
  readonly peers: "any" | readonly CompiledPeer[];
  /** Do the constraints of `fromRequires` and `toRequires` bind it? They bind peers that are endpoints, no others. */
  readonly isBound: boolean;
  /** Constraints, all of which bind every such rule of the subject that has the same effect. */
  readonly requires: readonly PeerMatcher[];
  /** Does a port of it send traffic through a proxy? */
  readonly isProxied: boolean;
}

/** Does one of the peers that a rule names fit? */
export function matchPeers({ peers }: CompiledRule, facts: PeerFacts): Answer {
  return peers === "any" ? "yes" : anyOf(peers, (peer) => peer.matches(facts));
}

/** Compiles the specs of a policy, one rule after another; none when the API server or the agents refuse it. */
export function* compilePolicySteps(
  policy: Policy,
  place: { readonly context: ClusterContext; readonly hasDerivative: boolean },
): Steps<readonly CompiledSpec[]> {
  const doubt = doubtOf(policy, place.context);
  if (doubt === "no") return [];
  const compiled: CompiledSpec[] = [];
  for (const spec of policy.specs) {
    if (spec.subject.type === "unknown") continue;
    const subject = subjectSelector(spec.subject.selector, policy.namespace);
    const ingress = yield* compileRules(policy, spec, { ...place, direction: "ingress" });
    const egress = yield* compileRules(policy, spec, { ...place, direction: "egress" });
    compiled.push({ policy, spec, subject, rules: { ingress, egress }, doubt });
  }
  return compiled;
}

/** A policy is taken or refused as a whole. */
function doubtOf(policy: Policy, context: ClusterContext): Answer {
  if (policy.refused !== undefined) return "no";
  const rules = policy.specs.flatMap(({ sections }) => sections.flatMap((section) => section.rules));
  const hasNodes = ({ peers }: PolicyRule): boolean =>
    peers !== "any" && peers.some(({ type }) => type === "nodes");
  if (context.nodeSelectorLabels === false && rules.some(hasNodes)) return "no";
  if (!rules.some(({ requires }) => requires.length > 0)) return "yes";
  const removed = isSince(context.agentVersion, 1, 19);
  if (removed === undefined) {
    return { field: "requires", needs: "the agents' version: from 1.19 on they refuse fromRequires" };
  }
  return removed ? "no" : "yes";
}

function* compileRules(
  policy: Policy,
  spec: PolicySpec,
  place: {
    readonly context: ClusterContext;
    readonly hasDerivative: boolean;
    readonly direction: Direction;
  },
): Steps<readonly CompiledRule[]> {
  const { context, hasDerivative, direction } = place;
  const subjectIsInit = spec.subject.selector.requirements.some(
    ({ source, key }) => source === "reserved" && key === "init",
  );
  const compiled: CompiledRule[] = [];
  for (const section of spec.sections) {
    if (section.direction !== direction) continue;
    for (const rule of section.rules) {
      yield;
      const peerPlace: PeerPlace = {
        namespace: policy.namespace,
        subjectIsInit,
        effect: section.effect,
        hasPorts: rule.ports !== "any",
        hasDerivative,
        context,
      };
      const compile = (peer: Peer): CompiledPeer => compilePeer(peer, peerPlace);
      const { peers, ports } = rule;
      compiled.push({
        policy,
        spec,
        section,
        rule,
        place: peerPlace,
        peers: peers === "any" ? peers : peers.map(compile),
        isBound: peers !== "any" && peers.some(({ type }) => type === "endpoints"),
        requires: rule.requires.map((peer) => compile(peer).matches),
        isProxied: ports !== "any" && ports.some(({ l7, proxied }) => l7 !== undefined || proxied),
      });
    }
  }
  return compiled;
}
