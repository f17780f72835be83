import { eventTypes, l7Types, layer4Protocols, trafficDirections, verdicts } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { type AttemptClass, type AttemptKey, AttemptWindow } from "./attemptWindow.ts";
import { CounterTree } from "./counterTree.ts";
import { type ConnectionCase, ConnectionCache } from "./connectionCache.ts";
import type { Policy } from "./policy.ts";
import type { PolicySet } from "./policySet.ts";
import { StableNumbers } from "./stableNumbers.ts";
import { type CountBasis, entryOf } from "./tallyCounters.ts";
import { type Report, type RequestEffect, requestTouches, type TallyEffect, touches } from "./tallyEffect.ts";
import type { PolicyPlace, TallyBasis, TallyEntry } from "./tallyEntry.ts";

const ingress = trafficDirections.indexOf("INGRESS");
const egress = trafficDirections.indexOf("EGRESS");
const forwarded = verdicts.indexOf("FORWARDED");
const redirected = verdicts.indexOf("REDIRECTED");
const dropped = verdicts.indexOf("DROPPED");
const audit = verdicts.indexOf("AUDIT");
/** As the store's columns number them: `l7Type` REQUEST, `isReply` true. */
const request = l7Types.indexOf("REQUEST");
const isReply = 2;
/** Other drops are no decisions of policy. */
const dropReports: ReadonlyMap<string, Report> = new Map([
  ["POLICY_DENIED", "denied-by-default"],
  ["POLICY_DENY", "denied-by-rule"],
  ["AUTH_REQUIRED", "auth-required"],
]);
const firstIcmp = layer4Protocols.indexOf("ICMPv4");

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
  readonly #attempts = new AttemptWindow();
  readonly #dropAttempts = new AttemptWindow();
  readonly #addresses: StableNumbers;
  readonly #key: AttemptKey = {
    direction: 0,
    subject: 0,
    peer: 0,
    sourcePort: 0,
    destinationPort: 0,
    protocol: 0,
  };
  #generation: number;
  #sawVerdict = false;
  #sawDrop = false;
  #sinceMs: number | null = null;
  #untilMs: number | null = null;

  /** `subjectPolicies` are those whose numbers are wanted; the decisions are made by the whole set. */
  constructor(set: PolicySet, subjectPolicies: readonly Policy[], store: FlowStore) {
    this.#set = set;
    this.#store = store;
    this.#tree = new CounterTree(subjectPolicies.filter((policy) => set.policies.includes(policy)));
    this.#connections = new ConnectionCache(set, this.#tree, store);
    this.#addresses = new StableNumbers(store);
    this.#generation = store.generation;
  }

  /** Counts one row; a row that decides nothing only tells which endpoints there are. */
  add(row: number): void {
    const { columns, generation } = this.#store;
    if (generation !== this.#generation) this.#renumber();
    const slot = this.#store.slotOf(row);
    if (columns.kind[slot] !== 1) return;
    const ms = (columns.seconds[slot] ?? 0) * 1000 + (columns.nanos[slot] ?? 0) / 1e6;
    if (this.#sinceMs === null || ms < this.#sinceMs) this.#sinceMs = ms;
    if (this.#untilMs === null || ms > this.#untilMs) this.#untilMs = ms;
    this.#connections.noteEndpoints(slot);
    const eventType = columns.eventType[slot];
    if (eventType === eventTypes.policyVerdict) {
      if (!this.#sawVerdict) this.#forgetDrops();
      this.#addAttempt(slot, ms, this.#attempts);
    } else if (eventType === eventTypes.drop) {
      if (!this.#sawVerdict) this.#addAttempt(slot, ms, this.#dropAttempts);
    } else if (eventType === eventTypes.l7) {
      this.#addRequest(slot, ms);
    }
  }

  /** The numbers of the subject policies, in document order. */
  entries(): readonly TallyEntry[] {
    const basis: CountBasis = {
      seesAllowed: this.#sawVerdict || !this.#sawDrop,
      nowMs: this.#untilMs ?? 0,
      enforcementMode: this.#set.context.enforcementMode ?? "default",
    };
    return this.#tree.inOrder.map((counter) => entryOf(counter, basis));
  }

  /** Which events the numbers stand on. */
  basis(): TallyBasis {
    const source = this.#sawVerdict ? "verdicts" : this.#sawDrop ? "drops" : "none";
    return { source, sinceMs: this.#sinceMs, untilMs: this.#untilMs };
  }

  /** Does the row stand behind a number at this place? Of an attempt every event does, not only its first. */
  decidedBy(row: number, place: Pick<PolicyPlace, "policy" | "kind" | "path">): boolean {
    const counters = this.#tree.at(place);
    if (counters.length === 0) return false;
    if (this.#store.generation !== this.#generation) this.#renumber();
    const { columns } = this.#store;
    const slot = this.#store.slotOf(row);
    if (columns.kind[slot] !== 1) return false;
    const eventType = columns.eventType[slot];
    if (eventType === eventTypes.l7) {
      const effect = this.#requestEffect(slot);
      return effect !== undefined && counters.some((counter) => requestTouches(effect, counter));
    }
    const decisive = this.#sawVerdict ? eventTypes.policyVerdict : eventTypes.drop;
    if (eventType !== decisive) return false;
    const effect = this.#attemptEffect(slot);
    return effect !== undefined && counters.some((counter) => touches(effect, counter));
  }

  #addAttempt(slot: number, ms: number, attempts: AttemptWindow): void {
    const report = this.#reportOf(slot);
    if (!report) return;
    if (!this.#sawVerdict) this.#sawDrop = true;
    const connection = this.#connections.at(slot);
    if (!connection) return;
    const key = this.#attemptKey(slot);
    if (!attempts.begins(key, classOf(report), ms)) return;
    const foreign = this.#connections.isForeign(slot);
    apply(connection.effect(report, foreign), connection, ms);
  }

  #attemptEffect(slot: number): TallyEffect | undefined {
    const report = this.#reportOf(slot);
    const connection = report && this.#connections.at(slot);
    return connection?.effect(report ?? "allowed", this.#connections.isForeign(slot));
  }

  /** What the event reports; `undefined`: nothing about policy. */
  #reportOf(slot: number): Report | undefined {
    const { columns } = this.#store;
    const direction = columns.trafficDirection[slot];
    if ((direction !== ingress && direction !== egress) || columns.isReply[slot] === isReply)
      return undefined;
    const verdict = columns.verdict[slot];
    if (verdict === forwarded || verdict === redirected) return "allowed";
    if (verdict === audit) return "audited";
    if (verdict !== dropped) return undefined;
    return dropReports.get(this.#store.strings.get(columns.dropReason[slot] ?? 0) ?? "");
  }

  #attemptKey(slot: number): AttemptKey {
    const { columns } = this.#store;
    const key = this.#key;
    const isIngress = columns.trafficDirection[slot] === ingress;
    const source = this.#addresses.of(columns.sourceIp[slot] ?? 0);
    const destination = this.#addresses.of(columns.destinationIp[slot] ?? 0);
    key.direction = columns.trafficDirection[slot] ?? 0;
    key.subject = isIngress ? destination : source;
    key.peer = isIngress ? source : destination;
    key.protocol = columns.protocol[slot] ?? 0;
    // The source port column of an ICMP message holds its code, which does not tell attempts apart.
    key.sourcePort = key.protocol < firstIcmp ? (columns.sourcePort[slot] ?? 0) : 0;
    key.destinationPort = columns.destinationPort[slot] ?? 0;
    return key;
  }

  #addRequest(slot: number, ms: number): void {
    const effect = this.#requestEffect(slot);
    const connection = effect && this.#connections.at(slot);
    if (effect && connection) applyRequest(effect, connection, ms);
  }

  #requestEffect(slot: number): RequestEffect | undefined {
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
    for (const counter of this.#tree.inOrder) if ("forgetConnections" in counter) counter.forgetConnections();
  }

  #renumber(): void {
    this.#generation = this.#store.generation;
    this.#connections.clear();
    this.#addresses.renumber();
  }
}

function classOf(report: Report): AttemptClass {
  return report === "denied-by-default" || report === "denied-by-rule" ? "denied" : report;
}

function apply(effect: TallyEffect, { peerName, portName }: ConnectionCase, ms: number): void {
  for (const counter of effect.policies) counter.attempts += 1;
  for (const counter of effect.allowed) {
    counter.allowed += 1;
    counter.connections.hit(peerName, ms);
  }
  for (const counter of effect.denied) {
    counter.denied += 1;
    counter.connections.hit(peerName, ms);
  }
  for (const counter of effect.nearMisses) counter.countNearMiss(portName);
  for (const { counter, missing } of effect.possible) {
    counter.possible += 1;
    counter.needs.add(missing.needs);
  }
  if (effect.bucket) for (const counter of effect.directions) counter.count(effect.bucket, peerName, ms);
}

function applyRequest(effect: RequestEffect, { peerName }: ConnectionCase, ms: number): void {
  for (const counter of effect.allowed) {
    counter.l7Allowed += 1;
    counter.requests.hit(peerName, ms);
  }
  for (const counter of effect.denied) {
    counter.l7Denied += 1;
    counter.requests.hit(peerName, ms);
  }
  for (const counter of effect.entries) {
    counter.allowed += 1;
    if (counter.lastMs === null || ms > counter.lastMs) counter.lastMs = ms;
  }
  for (const { counter, missing } of effect.possible) {
    counter.possibleRequests += 1;
    counter.needs.add(missing.needs);
  }
  for (const counter of effect.differs) counter.differingRequests += 1;
}
