import type { AttributedPolicies, LoadedPolicies } from "./attributedPolicies.ts";
import type { Connection } from "./connection.ts";
import type { CounterTree } from "./counterTree.ts";
import { decide, type Grounds, groundsOf, nearMisses } from "./decide.ts";
import type { Decision } from "./decision.ts";
import type { PolicySet, Subjection } from "./policySet.ts";
import type { RuleSet } from "./ruleSet.ts";
import { effectOf, type Move, type Naming, namings, type Report, reports } from "./tallyEffect.ts";

/** More than policies and ports make of any cluster. */
const maxGroups = 1 << 14;

/** Connections that are decided alike, with what each report about one of them moves. */
export class DecisionGroup {
  readonly decision: Decision;
  readonly #set: PolicySet;
  readonly #tree: CounterTree;
  readonly #attributed: AttributedPolicies;
  /** One of them, for all. */
  readonly #connection: Connection;
  readonly #effects: (readonly Move[] | undefined)[] = [];
  /** By attribution; made when an event first names policies. */
  #namings: Map<number, Naming> | undefined;

  constructor(
    connection: Connection,
    { set, tree, attributed }: { set: PolicySet; tree: CounterTree; attributed: AttributedPolicies },
  ) {
    this.decision = decide(set, connection);
    this.#set = set;
    this.#tree = tree;
    this.#attributed = attributed;
    this.#connection = connection;
  }

  /** Which counters an event moves that reports so, and names the policies of an attribution. */
  effect(report: Report, attribution: number): readonly Move[] {
    const naming = this.#naming(attribution);
    const number = reports.indexOf(report) * namings.length + namings.indexOf(naming);
    return (this.#effects[number] ??= this.#makeEffect(report, naming));
  }

  #makeEffect(report: Report, naming: Naming): readonly Move[] {
    const { direction } = this.#connection;
    return effectOf(this.decision, report, {
      ...{ tree: this.#tree, direction, naming },
      nearMisses: () => nearMisses(this.#set, this.#connection),
    });
  }

  /** How the policies that an event names go with the decision. */
  #naming(attribution: number): Naming {
    if (attribution === 0) return "fits";
    const known = this.#namings?.get(attribution);
    if (known) return known;
    const made = namingOf(this.#attributed.loaded(attribution), this.decision);
    (this.#namings ??= new Map<number, Naming>()).set(attribution, made);
    return made;
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

/**
 * Finds for a connection the group in which it is decided: of all that differ only in what no policy asks about, one
 * decision is made.
 */
export class DecisionGroups {
  readonly #parts: {
    readonly set: PolicySet;
    readonly tree: CounterTree;
    readonly attributed: AttributedPolicies;
  };
  /** By what the decision stands on. */
  readonly #groups = new Map<Subjection, Map<RuleSet, Map<RuleSet, DecisionGroup>>>();
  #size = 0;

  constructor(set: PolicySet, tree: CounterTree, attributed: AttributedPolicies) {
    this.#parts = { set, tree, attributed };
  }

  of(connection: Connection): DecisionGroup {
    const grounds = groundsOf(this.#parts.set, connection);
    // The node's own connections are few.
    if (!grounds.told || grounds.isLocalHost) return new DecisionGroup(connection, this.#parts);
    const byPort = this.#byPort(grounds);
    let group = byPort.get(grounds.ports);
    if (!group) {
      group = new DecisionGroup(connection, this.#parts);
      byPort.set(grounds.ports, group);
      this.#size += 1;
    }
    return group;
  }

  /** Forgets everything: the numbers of attributions have changed their meaning. */
  clear(): void {
    this.#groups.clear();
    this.#size = 0;
  }

  /** Sets of peers and ports belong to one direction, so that they tell it. */
  #byPort({ subjection, peers }: Grounds): Map<RuleSet, DecisionGroup> {
    if (this.#size >= maxGroups) this.clear();
    let byPeer = this.#groups.get(subjection);
    if (!byPeer) this.#groups.set(subjection, (byPeer = new Map<RuleSet, Map<RuleSet, DecisionGroup>>()));
    let byPort = byPeer.get(peers);
    if (!byPort) byPeer.set(peers, (byPort = new Map<RuleSet, DecisionGroup>()));
    return byPort;
  }
}
