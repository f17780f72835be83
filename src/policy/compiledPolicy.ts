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

/** Compiles the specs of a policy; none when the API server or the agents refuse it. */
export function compilePolicy(
  policy: Policy,
  place: { readonly context: ClusterContext; readonly hasDerivative: boolean },
): readonly CompiledSpec[] {
  const doubt = doubtOf(policy, place.context);
  if (doubt === "no") return [];
  return policy.specs
    .filter(({ subject }) => subject.type !== "unknown")
    .map((spec) => ({
      policy,
      spec,
      subject: subjectSelector(spec.subject.selector, policy.namespace),
      rules: {
        ingress: compileRules(policy, spec, { ...place, direction: "ingress" }),
        egress: compileRules(policy, spec, { ...place, direction: "egress" }),
      },
      doubt,
    }));
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

function compileRules(
  policy: Policy,
  spec: PolicySpec,
  place: {
    readonly context: ClusterContext;
    readonly hasDerivative: boolean;
    readonly direction: Direction;
  },
): readonly CompiledRule[] {
  const { context, hasDerivative, direction } = place;
  const subjectIsInit = spec.subject.selector.requirements.some(
    ({ source, key }) => source === "reserved" && key === "init",
  );
  const sections = spec.sections.filter((section) => section.direction === direction);
  return sections.flatMap((section) =>
    section.rules.map((rule) => {
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
      return {
        policy,
        spec,
        section,
        rule,
        place: peerPlace,
        peers: peers === "any" ? peers : peers.map(compile),
        isBound: peers !== "any" && peers.some(({ type }) => type === "endpoints"),
        requires: rule.requires.map((peer) => compile(peer).matches),
        isProxied: ports !== "any" && ports.some(({ l7, proxied }) => l7 !== undefined || proxied),
      };
    }),
  );
}
