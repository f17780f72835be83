import type { Steps } from "../base/steps.ts";
import type { Direction, L7Entry, Policy, PolicyRule, PolicySpec } from "./policy.ts";
import type { ClusterContext } from "./clusterContext.ts";
import {
  type Counter,
  DirectionCounter,
  ElsewhereCounter,
  L7Counter,
  PolicyCounter,
  RuleCounter,
} from "./tallyCounters.ts";
import type { PolicyPlace } from "./tallyEntry.ts";

/** The counters of some policies: in the order of their text, and found again by what they count. */
export class CounterTree {
  /** What stands on nothing written. */
  readonly elsewhere = new ElsewhereCounter();
  readonly context: ClusterContext;
  readonly policies = new Map<Policy, PolicyCounter>();
  readonly rules = new Map<PolicyRule, RuleCounter>();
  readonly entries = new Map<L7Entry, L7Counter>();
  readonly #inOrder: Counter[] = [];
  readonly #directions = new Map<PolicySpec, Map<Direction, DirectionCounter>>();
  /** Made when it is first asked for: of ten thousand rules it takes a while. */
  #byPlace: ReadonlyMap<string, readonly Counter[]> | undefined;

  constructor(context: ClusterContext) {
    this.context = context;
  }

  get inOrder(): readonly Counter[] {
    return this.#inOrder;
  }

  /** Adds the counters of a policy, one rule after another. */
  *addSteps(policy: Policy): Steps {
    const counter = new PolicyCounter(policy);
    this.policies.set(policy, counter);
    this.#inOrder.push(counter);
    for (const spec of policy.specs) yield* this.#addSpec(policy, spec);
  }

  direction(spec: PolicySpec, direction: Direction): DirectionCounter | undefined {
    return this.#directions.get(spec)?.get(direction);
  }

  /** What is counted at a place: two directions share it where only `policyTypes` asks for them. */
  at(place: Pick<PolicyPlace, "policy" | "kind" | "path">): readonly Counter[] {
    this.#byPlace ??= groupByPlace(this.#inOrder);
    return this.#byPlace.get(keyOf(place)) ?? [];
  }

  /** A direction stands at its allowing section, else at its denying one, else at `policyTypes` or the spec's head. */
  *#addSpec(policy: Policy, spec: PolicySpec): Steps {
    const directions = new Map<Direction, DirectionCounter>();
    this.#directions.set(spec, directions);
    const made: { readonly at: number; readonly counters: Counter[] }[] = [];
    for (const direction of ["ingress", "egress"] as const) {
      const sections = spec.sections.filter((section) => section.direction === direction);
      const home = sections.find(({ effect }) => effect === "allow") ?? sections[0];
      const place = home ?? (spec.enforces[direction] ? (spec.policyTypes ?? spec) : undefined);
      if (!place) continue;
      const counter = new DirectionCounter(policy, spec, { path: place.path, range: place.range, direction });
      directions.set(direction, counter);
      if (!home) made.push({ at: place.range.start, counters: [counter] });
      for (const section of sections) {
        const counters: Counter[] = section === home ? [counter] : [];
        for (const rule of section.rules) {
          yield;
          this.#addRule(policy, rule, counters);
        }
        made.push({ at: section.range.start, counters });
      }
    }
    made.sort((one, other) => one.at - other.at);
    // One by one: as many arguments as rules is more than a call takes.
    for (const { counters } of made) for (const counter of counters) this.#inOrder.push(counter);
  }

  #addRule(policy: Policy, rule: PolicyRule, into: Counter[]): void {
    const counter = new RuleCounter(policy, rule);
    this.rules.set(rule, counter);
    into.push(counter);
    for (const item of rule.ports === "any" ? [] : rule.ports) {
      for (const entry of item.l7?.entries ?? []) {
        const l7 = new L7Counter(policy, entry);
        this.entries.set(entry, l7);
        into.push(l7);
      }
    }
  }
}

function groupByPlace(counters: readonly Counter[]): ReadonlyMap<string, readonly Counter[]> {
  const byPlace = new Map<string, Counter[]>();
  for (const counter of counters) {
    const key = keyOf(counter.place);
    const same = byPlace.get(key);
    if (same) same.push(counter);
    else byPlace.set(key, [counter]);
  }
  return byPlace;
}

function keyOf(place: Pick<PolicyPlace, "policy" | "kind" | "path">): string {
  return `${place.kind}|${place.policy}|${place.path}`;
}
