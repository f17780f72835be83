import type { AttributedPolicies, LoadedPolicies } from "./attributedPolicies.ts";
import type { Connection } from "./connection.ts";
import type { CounterTree } from "./counterTree.ts";
import { decide, nearMisses } from "./decide.ts";
import { decideRequestWithin } from "./decideRequest.ts";
import type { Decision } from "./decision.ts";
import type { PolicySet } from "./policySet.ts";
import { effectOf, type Move, type Naming, namings, reports, requestEffectOf } from "./tallyEffect.ts";

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
  /** By the number of the loaded policies that an event names. */
  readonly #namings: (number | undefined)[] = [];
  /** By naming and report. */
  readonly #effects: (readonly Move[] | undefined)[] = [];

  constructor(number: number, connection: Connection, parts: GroupParts) {
    this.number = number;
    this.#decision = decide(parts.set, connection);
    this.#parts = parts;
    this.#connection = connection;
    this.readsRequests = this.#decision.rules.some(
      ({ rule }) => rule.ports !== "any" && rule.ports.some(({ l7 }) => l7 !== undefined),
    );
  }

  /** Which counters an event moves that reports so, by the number of its report, and names these of the loaded policies. */
  effect(report: number, loadedNumber: number): readonly Move[] {
    const naming = this.#namings[loadedNumber] ?? this.#nameAs(loadedNumber);
    return this.#effects[naming * reports.length + report] ?? this.#make(naming, report);
  }

  #make(naming: number, report: number): readonly Move[] {
    const { tree, set } = this.#parts;
    const made = effectOf(this.#decision, reports[report] ?? "allowed", {
      tree,
      direction: this.#connection.direction,
      naming: namings[naming] ?? "fits",
      nearMisses: () => nearMisses(set, this.#connection),
    });
    this.#effects[naming * reports.length + report] = made;
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
  #nameAs(loadedNumber: number): number {
    const naming = namings.indexOf(namingOf(this.#parts.attributed.loaded(loadedNumber), this.#decision));
    this.#namings[loadedNumber] = naming;
    return naming;
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
