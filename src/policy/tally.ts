import { runSteps, type Steps } from "../base/steps.ts";
import { eventTypes, l7Types, trafficDirections, verdicts } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { beginsIn, foldingOf, reportIn } from "./attemptFolding.ts";
import type { ClusterContext } from "./clusterContext.ts";
import type { CompiledSpec } from "./compiledPolicy.ts";
import { CounterTree } from "./counterTree.ts";
import { AttemptAtHand } from "./attemptAtHand.ts";
import { ConnectionCache } from "./connectionCache.ts";
import type { Policy, PolicySpec } from "./policy.ts";
import type { PolicySet } from "./policySet.ts";
import { type CountBasis, entryOf } from "./tallyCounters.ts";
import { type Move, reports } from "./tallyEffect.ts";
import type { ElsewhereTally, PolicyPlace, TallyBasis, TallyEntry } from "./tallyEntry.ts";

const ingress = trafficDirections.indexOf("INGRESS");
const egress = trafficDirections.indexOf("EGRESS");
const forwarded = verdicts.indexOf("FORWARDED");
const redirected = verdicts.indexOf("REDIRECTED");
const dropped = verdicts.indexOf("DROPPED");
/** As the store's column numbers it. */
const request = l7Types.indexOf("REQUEST");

/** By the report's number. */
const isDenial = reports.map((report) => report === "denied-by-default" || report === "denied-by-rule");
/** So many rows are looked at before those that matter among them are counted. */
const stretchRows = 2048;

/**
 * Counts what flows did to policies: feed it every row of a store once. Attempts are decided by policy-verdict events;
 * drop events stand in for them only as long as no verdict event came at all. `add` allocates nothing for a connection
 * that is known.
 */
export class Tally {
  readonly #store: FlowStore;
  readonly #set: PolicySet;
  readonly #tree: CounterTree;
  readonly #connections: ConnectionCache;
  readonly #attempt: AttemptAtHand;
  /** As answered last. */
  #entries: readonly TallyEntry[] = [];
  readonly #folding: ReturnType<typeof foldingOf>;
  /** Specs that agents take; `null`: it cannot be told whether they go by them. */
  readonly #inForce: ReadonlyMap<PolicySpec, boolean | null>;
  /** The slots that matter of the stretch at hand. */
  readonly #matter = new Int32Array(stretchRows);
  #generation: number;
  /** The first row that was counted: an attempt that began before it begins with its first event from there on. */
  #since: number | null = null;
  #sawVerdict = false;
  #sawDrop = false;
  /** The time of the first row: others are reckoned from it, in whole milliseconds that fit a small integer. */
  #originMs: number | null = null;
  /** Since 1970, of all rows. */
  #oldest = Infinity;
  #newest = -Infinity;

  /**
   * `subjectPolicies` are those whose numbers are wanted; the decisions are made by the whole set. `tree` are their
   * counters, where they are made already: see {@link tallySteps}.
   */
  constructor(
    set: PolicySet,
    subjectPolicies: readonly Policy[],
    store: FlowStore,
    tree = runSteps(countersOf(set, subjectPolicies)),
  ) {
    this.#set = set;
    this.#store = store;
    this.#tree = tree;
    this.#inForce = new Map(set.specs.map((compiled) => [compiled.spec, isInForce(compiled, set.context)]));
    this.#connections = new ConnectionCache(set, this.#tree, store);
    this.#attempt = new AttemptAtHand(set, store, this.#connections);
    this.#folding = foldingOf(store);
    this.#generation = store.generation;
  }

  /** Counts one row; a row that decides nothing only tells which endpoints there are. */
  add(row: number): void {
    this.addMany(row, row + 1);
  }

  /** Counts the rows from one on, up to another: most rows of a stretch decide nothing, and cost next to nothing. */
  addMany(from: number, end: number): void {
    const store = this.#store;
    if (store.generation !== this.#generation) this.#renumber();
    this.#since ??= from;
    const slots = store.columns.kind.length;
    for (let row = from; row < end; ) {
      const slot = store.slotOf(row);
      const count = Math.min(end - row, slots - slot, stretchRows);
      this.#addStretch(row, slot, count);
      row += count;
    }
  }

  /** Rows that lie one after another in the columns: looks at all of them first, then counts those that matter. */
  #addStretch(row: number, slot: number, count: number): void {
    const { eventType, l7Type } = this.#store.columns;
    const offset = row - slot;
    const matter = this.#matter;
    const length = this.#look(slot, slot + count);
    if (length === 0) return;
    const folded = this.#folding.foldTo(row + count, "verdicts");
    if (!this.#sawVerdict) this.#folding.foldTo(row + count, "drops");
    const since = this.#since ?? row;
    for (let index = 0; index < length; index++) {
      const at = matter[index] ?? 0;
      const type = eventType[at];
      if (type === eventTypes.l7) {
        if (l7Type[at] === request) this.#addRequest(at, this.#atOf(at));
        continue;
      }
      if (type === eventTypes.drop && this.#sawVerdict) continue;
      if (type === eventTypes.policyVerdict && !this.#sawVerdict) this.#forgetDrops();
      const word = folded[at] ?? 0;
      const report = reportIn(word);
      if (report < 0) continue;
      if (!this.#sawVerdict && isDenial[report] === true) this.#sawDrop = true;
      if (beginsIn(word, offset + at, since)) this.#addAttempt(at, report, this.#atOf(at));
    }
  }

  /** Notes the times and endpoints of a stretch, and the slots of what may matter to counts: answers how many these are. */
  #look(from: number, end: number): number {
    const { kind, seconds, nanos, source, destination, eventType } = this.#store.columns;
    const { endpoints } = this.#connections;
    let met = endpoints.flags();
    const matter = this.#matter;
    let length = 0;
    let first = -1;
    // Of the newest so far; nearly every row is newer.
    let newest = -1;
    let newestSecond = -Infinity;
    let oldest = -1;
    let oldestSecond = Infinity;
    for (let slot = from; slot < end; slot++) {
      if (kind[slot] !== 1) continue;
      if (first === -1) first = slot;
      const second = seconds[slot] ?? 0;
      if (second > newestSecond || (second === newestSecond && (nanos[slot] ?? 0) > (nanos[newest] ?? 0))) {
        newest = slot;
        newestSecond = second;
      }
      if (second < oldestSecond || (second === oldestSecond && (nanos[slot] ?? 0) < (nanos[oldest] ?? 0))) {
        oldest = slot;
        oldestSecond = second;
      }
      const one = source[slot] ?? 0;
      const other = destination[slot] ?? 0;
      if (met[one] === 0 || met[other] === 0) {
        endpoints.meet(one);
        endpoints.meet(other);
        met = endpoints.flags();
      }
      const type = eventType[slot];
      if (type === eventTypes.policyVerdict || type === eventTypes.drop || type === eventTypes.l7)
        matter[length++] = slot;
    }
    if (first !== -1) {
      this.#originMs ??= msAt(this.#store, first);
      this.#oldest = Math.min(this.#oldest, msAt(this.#store, oldest));
      this.#newest = Math.max(this.#newest, msAt(this.#store, newest));
    }
    return length;
  }

  /**
   * The numbers of the subject policies, in document order. Those that have not changed since they were asked for last are
   * the same objects, all of them the same list.
   */
  entries(): readonly TallyEntry[] {
    const basis = this.#countBasis();
    const { inOrder } = this.#tree;
    const before = this.#entries;
    let now: TallyEntry[] | undefined = before.length === inOrder.length ? undefined : [];
    for (const [index, counter] of inOrder.entries()) {
      const entry = entryOf(counter, basis);
      if (!now && entry !== before[index]) now = before.slice(0, index);
      now?.push(entry);
    }
    this.#entries = now ?? before;
    return this.#entries;
  }

  /** Makes the numbers ready to be asked for, one after another. */
  *entrySteps(): Steps {
    const basis = this.#countBasis();
    for (const counter of this.#tree.inOrder) {
      yield;
      entryOf(counter, basis);
    }
  }

  #countBasis(): CountBasis {
    const origin = this.#originMs;
    return {
      seesAllowed: this.#sawVerdict || !this.#sawDrop,
      originMs: origin ?? 0,
      newest: origin === null ? 0 : this.#newest - origin,
      enforcementMode: this.#set.context.enforcementMode ?? "default",
      isInForce: (spec) => this.#isInForce(spec),
    };
  }

  /** Attempts that the numbers do not hold, because they stand on nothing written in the loaded policies. */
  elsewhere(): ElsewhereTally {
    return this.#tree.elsewhere.counts;
  }

  /** Which events the numbers stand on. */
  basis(): TallyBasis {
    const source = this.#sawVerdict ? "verdicts" : this.#sawDrop ? "drops" : "none";
    const origin = this.#originMs;
    if (origin === null) return { source, sinceMs: null, untilMs: null };
    return { source, sinceMs: this.#oldest, untilMs: this.#newest };
  }

  /** Does the row stand behind a number at this place? Of an attempt every event does, not only its first. */
  decidedBy(row: number, place: Pick<PolicyPlace, "policy" | "kind" | "path">): boolean {
    const counters = this.#tree.at(place);
    if (counters.length === 0) return false;
    if (this.#store.generation !== this.#generation) this.#renumber();
    const { columns } = this.#store;
    const slot = this.#store.slotOf(row);
    if (columns.kind[slot] !== 1) return false;
    this.#connections.endpoints.meet(columns.source[slot] ?? 0);
    this.#connections.endpoints.meet(columns.destination[slot] ?? 0);
    const eventType = columns.eventType[slot];
    if (eventType === eventTypes.l7) {
      return touches(this.#requestEffect(slot), counters);
    }
    const decisive = this.#sawVerdict ? eventTypes.policyVerdict : eventTypes.drop;
    if (eventType !== decisive) return false;
    return touches(this.#attemptEffect(slot), counters);
  }

  #isInForce(spec: PolicySpec): boolean | null {
    const known = this.#inForce.get(spec);
    if (known !== undefined) return known;
    return spec.subject.type === "unknown" ? null : false;
  }

  /** When the row at a slot was, since the origin, in whole ms: a small integer is noted without an allocation. */
  #atOf(slot: number): number {
    const at = msAt(this.#store, slot) - (this.#originMs ?? 0);
    return Math.abs(at) < 2 ** 30 ? at | 0 : at;
  }

  #addAttempt(slot: number, report: number, at: number): void {
    const effect = this.#connections.at(slot).effect(report, this.#connections.loadedAt(slot));
    this.#apply(effect, slot, at);
  }

  #attemptEffect(slot: number): readonly Move[] | undefined {
    const report = this.#folding.reportAt(slot);
    if (!report) return undefined;
    return this.#connections.at(slot).effect(reports.indexOf(report), this.#connections.loadedAt(slot));
  }

  /** An iterator would be an allocation per row: hence the plain loop. */
  #apply(effect: readonly Move[], slot: number, at: number): void {
    const attempt = this.#attempt;
    attempt.slot = slot;
    for (let index = 0; index < effect.length; index++) {
      const move = effect[index];
      if (!move) continue;
      move.counter.isTold = false;
      move.count(attempt, at);
    }
  }

  #addRequest(slot: number, at: number): void {
    const effect = this.#requestEffect(slot);
    if (effect) this.#apply(effect, slot, at);
  }

  #requestEffect(slot: number): readonly Move[] | undefined {
    const { columns } = this.#store;
    const verdict = columns.verdict[slot];
    const direction = columns.trafficDirection[slot];
    const passed = verdict === forwarded || verdict === redirected;
    if (columns.l7Type[slot] !== request || (!passed && verdict !== dropped)) return undefined;
    if (direction !== ingress && direction !== egress) return undefined;
    return this.#connections.requestEffect(slot, passed);
  }

  /** The first verdict event: from now on drop events decide nothing, and what they decided is void. */
  #forgetDrops(): void {
    this.#sawVerdict = true;
    for (const counter of this.#tree.inOrder) {
      counter.isTold = false;
      if ("forgetConnections" in counter) counter.forgetConnections();
    }
    this.#tree.elsewhere.forgetConnections();
  }

  #renumber(): void {
    this.#generation = this.#store.generation;
    this.#connections.clear();
  }
}

/** Since 1970. */
function msAt({ columns }: FlowStore, slot: number): number {
  return (columns.seconds[slot] ?? 0) * 1000 + Math.floor((columns.nanos[slot] ?? 0) / 1e6);
}

/** Makes a tally, one short step after another, with its first numbers ready to be asked for. */
export function* tallySteps(
  set: PolicySet,
  subjectPolicies: readonly Policy[],
  store: FlowStore,
): Steps<Tally> {
  const tree = yield* countersOf(set, subjectPolicies);
  yield* foldingOf(store).steps();
  const tally = new Tally(set, subjectPolicies, store, tree);
  yield* tally.entrySteps();
  return tally;
}

/** Of namesakes the last one counts. */
function* countersOf(set: PolicySet, subjectPolicies: readonly Policy[]): Steps<CounterTree> {
  const held = new Set(set.policies);
  const tree = new CounterTree(set.context);
  for (const policy of subjectPolicies) {
    yield;
    if (held.has(policy)) yield* tree.addSteps(policy);
  }
  return tree;
}

/** Nodes are let alone unless the host firewall is on. */
function isInForce({ spec, doubt }: CompiledSpec, { hostFirewall }: ClusterContext): boolean | null {
  if (spec.subject.type === "nodes" && hostFirewall !== true) return hostFirewall ?? null;
  return doubt === "yes" ? true : null;
}

function touches(effect: readonly Move[] | undefined, counters: readonly Move["counter"][]): boolean {
  return effect !== undefined && effect.some(({ counter, aside }) => !aside && counters.includes(counter));
}
