import { runSteps, type Steps } from "../base/steps.ts";
import type { Endpoint } from "../flows/flow.ts";
import { type Answer, bothOf } from "./answer.ts";
import type { ClusterContext } from "./clusterContext.ts";
import {
  type CompiledRule,
  type CompiledSpec,
  compilePolicySteps,
  type SelectedSpec,
} from "./compiledPolicy.ts";
import type { SelectingSpec } from "./decision.ts";
import { type LabelSet, labelsOf } from "./labelSet.ts";
import { selects } from "./labelSelector.ts";
import { type Direction, type LabelSelector, type Policy, policyKey, type PolicySpec } from "./policy.ts";
import { type Posture, postureOf } from "./posture.ts";
import { type RuleIndex, ruleIndexSteps } from "./ruleIndex.ts";
import type { RuleSet } from "./ruleSet.ts";
import { SelectorIndex } from "./selectorIndex.ts";

/** Policies made ready for decisions: what the kinds imply is filled in, selectors and patterns are compiled once. */
export interface PolicySet {
  /** Without those that a later namesake replaced, in the order of their first mention. */
  readonly policies: readonly Policy[];
  readonly context: ClusterContext;
  /** Every spec of every policy that is in force, in the order of the policies. */
  readonly specs: readonly CompiledSpec[];
  /** The specs that select an endpoint, or may; remembered by endpoint object. */
  subject(endpoint: Endpoint): Subjection;
  /** The same of an endpoint's labels, which is all that matters. */
  subjectOf(labels: LabelSet): Subjection;
  /** The rules of a direction, ready to be found; made when it is first asked for. */
  index(direction: Direction): RuleIndex;
}

/** What the set holds for one endpoint; equal for all endpoints that the same specs select. */
export interface Subjection {
  readonly selected: readonly SelectedSpec[];
  readonly selecting: readonly SelectingSpec[];
  posture(direction: Direction): Posture;
  /** The rules of the selected specs. */
  rules(direction: Direction): RuleSet;
  /** Does a spec select the endpoint for sure? */
  answerOf(spec: PolicySpec): Answer;
}

/** More endpoints than this are worked out anew. No weak map: many weak entries make garbage collection slow. */
const maxRemembered = 1 << 14;

/** Makes a set of policies; of namesakes (kind, namespace, name) the last one counts. */
export function createPolicySet(policies: readonly Policy[], context: ClusterContext): PolicySet {
  const kept = lastOfNamesakes(policies);
  const specs = runSteps(compileSteps(kept, context));
  return makeSet({ kept, specs, indexes: {} }, context);
}

/** The same, one short step after another, with the rules of both directions ready to be found. */
export function* policySetSteps(policies: readonly Policy[], context: ClusterContext): Steps<PolicySet> {
  const kept = lastOfNamesakes(policies);
  const specs = yield* compileSteps(kept, context);
  const ingress = yield* ruleIndexSteps(rulesOf(specs, "ingress"));
  const egress = yield* ruleIndexSteps(rulesOf(specs, "egress"));
  return makeSet({ kept, specs, indexes: { ingress, egress } }, context);
}

function lastOfNamesakes(policies: readonly Policy[]): readonly Policy[] {
  return [...new Map(policies.map((policy) => [policyKey(policy), policy])).values()];
}

function* compileSteps(kept: readonly Policy[], context: ClusterContext): Steps<readonly CompiledSpec[]> {
  const specs: CompiledSpec[] = [];
  for (const policy of kept) {
    yield;
    const place = { context, hasDerivative: hasDerivative(policy, kept) };
    for (const spec of yield* compilePolicySteps(policy, place)) specs.push(spec);
  }
  return specs;
}

function rulesOf(specs: readonly CompiledSpec[], direction: Direction): readonly CompiledRule[] {
  return specs.flatMap(({ rules }) => rules[direction]);
}

interface ReadyParts {
  readonly kept: readonly Policy[];
  readonly specs: readonly CompiledSpec[];
  /** Those that are made already. */
  readonly indexes: Partial<Record<Direction, RuleIndex>>;
}

function makeSet({ kept, specs, indexes }: ReadyParts, context: ClusterContext): PolicySet {
  const bySelector = new SelectorIndex<CompiledSpec>();
  for (const spec of specs) bySelector.add(spec.subject, spec);
  const ofNodes = specs.filter(({ spec }) => spec.subject.type === "nodes");
  const order = new Map(specs.map((spec, index) => [spec, index]));
  const index = (direction: Direction): RuleIndex =>
    (indexes[direction] ??= runSteps(ruleIndexSteps(rulesOf(specs, direction))));
  const byLabels = new Map<LabelSet, Subjection>();
  const bySpecs = new Map<string, Subjection>();

  const find = (labels: LabelSet): readonly SelectedSpec[] => {
    if (context.enforcementMode === "never") return [];
    const candidates = new Set<CompiledSpec>();
    if (labels.known) bySelector.visit(labels, (spec) => candidates.add(spec));
    else for (const spec of specs) candidates.add(spec);
    // What a node policy asks for may be missing from the host's labels: it is asked all the same.
    if (labels.isHost) for (const spec of ofNodes) candidates.add(spec);
    const sorted = [...candidates];
    if (sorted.length > 1) sorted.sort((one, other) => (order.get(one) ?? 0) - (order.get(other) ?? 0));
    return sorted.flatMap((compiled) => {
      const answer = selectsSubject(compiled, labels, context);
      return answer === "no" ? [] : [{ compiled, selects: answer }];
    });
  };
  const subjectOf = (labels: LabelSet): Subjection => {
    const known = byLabels.get(labels);
    if (known) return known;
    const isInit = labels.keysOf("reserved").includes("init");
    const selected = find(labels);
    const numbers = selected.map(
      (one) => `${order.get(one.compiled) ?? 0}${one.selects === "yes" ? "" : `?${one.selects.needs}`}`,
    );
    const key = `${String(isInit)} ${numbers.join()}`;
    const made = bySpecs.get(key) ?? makeSubjection(selected, { isInit, context, index });
    bySpecs.set(key, made);
    if (byLabels.size >= maxRemembered) byLabels.clear();
    byLabels.set(labels, made);
    return made;
  };
  return {
    policies: kept,
    context,
    specs,
    index,
    subject: (endpoint) => subjectOf(labelsOf(endpoint)),
    subjectOf,
  };
}

function makeSubjection(
  selected: readonly SelectedSpec[],
  rest: {
    readonly isInit: boolean;
    readonly context: ClusterContext;
    readonly index: (direction: Direction) => RuleIndex;
  },
): Subjection {
  const postures: Partial<Record<Direction, Posture>> = {};
  const rules: Partial<Record<Direction, RuleSet>> = {};
  const answers = new Map(selected.map((one) => [one.compiled.spec, one.selects]));
  return {
    selected,
    selecting: selected.map(({ compiled, selects: answer }) => ({
      policy: compiled.policy,
      spec: compiled.spec,
      selects: answer === "yes" ? "yes" : "undecidable",
    })),
    posture: (direction) => (postures[direction] ??= postureOf(selected, { direction, ...rest })),
    rules: (direction) => (rules[direction] ??= rest.index(direction).ofSpecs(answers.keys())),
    answerOf: (spec) => answers.get(spec) ?? "no",
  };
}

/** The operator writes what a policy's cloud groups stand for into one of its own: `NAME-groups-UID`. */
function hasDerivative(policy: Policy, all: readonly Policy[]): boolean {
  const usesGroups = policy.specs.some(({ sections }) =>
    sections.some(({ rules }) =>
      rules.some(({ peers }) => peers !== "any" && peers.some((peer) => peer.type === "unknown")),
    ),
  );
  if (!usesGroups) return false;
  const prefix = `${policy.name}-groups-`;
  return all.some(
    ({ kind, namespace, name }) =>
      kind === policy.kind && namespace === policy.namespace && name.startsWith(prefix),
  );
}

/** Does a spec select the endpoint with these labels? Asks that one spec, without any index. */
export function selectsSubject(compiled: CompiledSpec, labels: LabelSet, context: ClusterContext): Answer {
  const { spec, subject, doubt } = compiled;
  if (!labels.known) return { field: "endpointSelector", needs: "the labels of the endpoint itself" };
  if (spec.subject.type === "nodes") return bothOf(selectsNode(subject, labels, context), doubt);
  if (!isManaged(labels)) return "no";
  return bothOf(selects(subject, labels) ? "yes" : "no", doubt);
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
