import type { Endpoint } from "../flows/flow.ts";
import { type Answer, anyOf } from "./answer.ts";
import type { ClusterContext } from "./clusterContext.ts";
import { type LabelSet, labelsOf } from "./labelSet.ts";
import { selects, subjectSelector } from "./labelSelector.ts";
import { compilePeer, type PeerMatcher } from "./peerMatcher.ts";
import {
  type Direction,
  type LabelSelector,
  type Peer,
  type Policy,
  policyKey,
  type PolicyRule,
  type PolicySection,
  type PolicySpec,
} from "./policy.ts";

/** Policies made ready for decisions: what the kinds imply is filled in, selectors and patterns are compiled once. */
export interface PolicySet {
  /** Without those that a later namesake replaced, in the order of their first mention. */
  readonly policies: readonly Policy[];
  readonly context: ClusterContext;
  /** The specs that select an endpoint, or may; remembered per endpoint object. */
  selecting(endpoint: Endpoint): readonly SelectedSpec[];
}

/** A spec that selects an endpoint: decidedly, or for all that is known. */
export interface SelectedSpec {
  readonly compiled: CompiledSpec;
  readonly selects: Exclude<Answer, "no">;
}

/** A spec with its rules ready to be asked. */
export interface CompiledSpec {
  readonly policy: Policy;
  readonly spec: PolicySpec;
  readonly rules: Readonly<Record<Direction, readonly CompiledRule[]>>;
}

/** A rule with its peers ready to be asked. */
export interface CompiledRule {
  readonly policy: Policy;
  readonly spec: PolicySpec;
  readonly section: PolicySection;
  readonly rule: PolicyRule;
  readonly peer: PeerMatcher;
  /** Constraints of `fromRequires` or `toRequires`, all of which bind every rule of the subject. */
  readonly requires: readonly PeerMatcher[];
}

/** Makes a set of policies; of namesakes (kind, namespace, name) the last one counts. */
export function createPolicySet(policies: readonly Policy[], context: ClusterContext): PolicySet {
  const kept = [...new Map(policies.map((policy) => [policyKey(policy), policy])).values()];
  // Whom a namespaced policy selects lives in its namespace, so most specs need not be asked about an endpoint.
  const byNamespace = new Map<string, CompiledSpec[]>();
  for (const policy of kept) {
    const specs = byNamespace.get(policy.namespace) ?? [];
    byNamespace.set(policy.namespace, specs);
    for (const spec of policy.specs) specs.push(compileSpec(policy, spec, context));
  }
  const remembered = new WeakMap<Endpoint, readonly SelectedSpec[]>();
  const clusterWide = byNamespace.get("") ?? [];
  const order = new Map(kept.map((policy, index) => [policy, index]));
  return {
    policies: kept,
    context,
    selecting: (endpoint) => {
      const known = remembered.get(endpoint);
      if (known) return known;
      const labels = labelsOf(endpoint);
      const namespace = labels.get("k8s", "io.kubernetes.pod.namespace");
      const local = namespace === undefined ? [] : (byNamespace.get(namespace) ?? []);
      const candidates = labels.known ? [...clusterWide, ...local] : [...byNamespace.values()].flat();
      candidates.sort((one, other) => (order.get(one.policy) ?? 0) - (order.get(other.policy) ?? 0));
      const selected: SelectedSpec[] = [];
      for (const compiled of candidates) {
        const answer = selectsSubject(compiled, labels, context);
        if (answer !== "no") selected.push({ compiled, selects: answer });
      }
      remembered.set(endpoint, selected);
      return selected;
    },
  };
}

function compileSpec(policy: Policy, spec: PolicySpec, context: ClusterContext): CompiledSpec {
  const subjectIsInit = spec.subject.selector.requirements.some(
    ({ source, key }) => source === "reserved" && key === "init",
  );
  const place = { namespace: policy.namespace, subjectIsInit, context };
  const compile = (peer: Peer): PeerMatcher => compilePeer(peer, place);
  const rulesOf = (direction: Direction): readonly CompiledRule[] =>
    spec.sections
      .filter((section) => section.direction === direction)
      .flatMap((section) =>
        section.rules.map((rule) => ({
          policy,
          spec,
          section,
          rule,
          peer: matcherOfAll(rule.peers, compile),
          requires: rule.requires.map(compile),
        })),
      );
  return { policy, spec, rules: { ingress: rulesOf("ingress"), egress: rulesOf("egress") } };
}

function matcherOfAll(peers: PolicyRule["peers"], compile: (peer: Peer) => PeerMatcher): PeerMatcher {
  if (peers === "any") return () => "yes";
  const matchers = peers.map(compile);
  return (facts) => anyOf(matchers, (matcher) => matcher(facts));
}

function selectsSubject(compiled: CompiledSpec, labels: LabelSet, context: ClusterContext): Answer {
  const { policy, spec } = compiled;
  const { type, selector } = spec.subject;
  if (type === "unknown") return "no";
  if (!labels.known) return { field: "endpointSelector", needs: "the labels of the endpoint itself" };
  if (type === "nodes") return selectsNode(selector, labels, context);
  if (!isManaged(labels)) return "no";
  return selects(subjectSelector(selector, policy.namespace), labels) ? "yes" : "no";
}

/** Cilium enforces policy on pods and a few endpoints of its own; the host is selected by node policies alone. */
function isManaged(labels: LabelSet): boolean {
  const reserved = labels.keysOf("reserved");
  return (
    reserved.length === 0 || reserved.some((key) => key === "health" || key === "init" || key === "ingress")
  );
}

function selectsNode(selector: LabelSelector, labels: LabelSet, context: ClusterContext): Answer {
  if (!labels.isHost || context.hostFirewall === false) return "no";
  const hasNodeLabels = labels.keysOf("k8s").length > 0 || labels.keysOf("node").length > 0;
  if (selector.requirements.length > 0 && !hasNodeLabels) {
    return { field: "nodeSelector", needs: "the node's labels" };
  }
  if (!selects(selector, labels)) return "no";
  return context.hostFirewall ? "yes" : { field: "nodeSelector", needs: "whether the host firewall is on" };
}
