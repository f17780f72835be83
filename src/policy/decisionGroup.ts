import type { AttributedPolicies, LoadedPolicies } from "./attributedPolicies.ts";
import type { Connection } from "./connection.ts";
import type { CounterTree } from "./counterTree.ts";
import { decide, nearMisses } from "./decide.ts";
import { decideRequestWithin } from "./decideRequest.ts";
import type { Decision } from "./decision.ts";
import type { PolicySet } from "./policySet.ts";
import { effectOf, type Move, type Naming, type Report, reports, requestEffectOf } from "./tallyEffect.ts";

/** What groups are made from. */
export interface GroupParts {
  readonly set: PolicySet;
  readonly tree: CounterTree;
  readonly attributed: AttributedPolicies;
}

type L7Record = Parameters<typeof decideRequestWithin>[2]["record"];

/** Connections that are decided alike, with what each report about one of them moves. */
export class DecisionGroup {
  /** Told apart from other groups by it. */
  readonly number: number;
  /** Does it matter to policies what is asked for in requests? */
  readonly readsRequests: boolean;
  readonly #decision: Decision;
  readonly #parts: GroupParts;
  /** One of them, for all. */
  readonly #connection: Connection;
  /** By attribution and report. */
  readonly #effects = new Map<number, readonly Move[]>();

  constructor(number: number, connection: Connection, parts: GroupParts) {
    this.number = number;
    this.#decision = decide(parts.set, connection);
    this.#parts = parts;
    this.#connection = connection;
    this.readsRequests = this.#decision.rules.some(
      ({ rule }) => rule.ports !== "any" && rule.ports.some(({ l7 }) => l7 !== undefined),
    );
  }

  /** Which counters an event moves that reports so, and names the policies of an attribution. */
  effect(report: Report, attribution: number): readonly Move[] {
    const key = attribution * reports.length + reports.indexOf(report);
    const known = this.#effects.get(key);
    if (known) return known;
    const { tree, set } = this.#parts;
    const made = effectOf(this.#decision, report, {
      tree,
      direction: this.#connection.direction,
      naming: this.#naming(attribution),
      nearMisses: () => nearMisses(set, this.#connection),
    });
    this.#effects.set(key, made);
    return made;
  }

  /** Which counters a request moves. */
  requestEffect(record: L7Record, forwarded: boolean): readonly Move[] {
    const { tree, set } = this.#parts;
    const { direction } = this.#connection;
    const answer = decideRequestWithin(this.#decision, this.#connection, { set, record });
    return requestEffectOf(this.#decision, answer, { tree, direction, forwarded });
  }

  /** How the policies that an event names go with the decision. */
  #naming(attribution: number): Naming {
    if (attribution === 0) return "fits";
    return namingOf(this.#parts.attributed.loaded(attribution), this.#decision);
  }
}

/** Do the named policies hold a rule that may have decided so? */
function namingOf(named: LoadedPolicies, decision: Decision): Naming {
  if (named === undefined) return "fits";
  if (named === "none") return "foreign";
  return decision.rules.some(({ policy, decides }) => decides !== "no" && named.has(policy))
    ? "fits"
    : "contradicts";
}
