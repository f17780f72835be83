import type { Steps } from "../base/steps.ts";
import { eventTypes, layer4Protocols, trafficDirections, verdicts } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { type AttemptKey, AttemptWindow } from "./attemptWindow.ts";
import { DropReports } from "./dropReports.ts";
import { StableNumbers } from "./stableNumbers.ts";
import { type Report, reports } from "./tallyEffect.ts";

const ingress = trafficDirections.indexOf("INGRESS");
const egress = trafficDirections.indexOf("EGRESS");
const forwarded = verdicts.indexOf("FORWARDED");
const redirected = verdicts.indexOf("REDIRECTED");
const dropped = verdicts.indexOf("DROPPED");
const audit = verdicts.indexOf("AUDIT");
/** As the store's column numbers it: `isReply` true. */
const isReply = 2;
const firstIcmp = layer4Protocols.indexOf("ICMPv4");
/** Of a row's word: the report's number and one; 0 is none. The rest of it is how far back the attempt's last event is. */
const reportBits = 3;
/** Less than a millisecond's work. */
const rowsPerStep = 1 << 12;
const maxBack = 2 ** (32 - reportBits) - 1;

/** How attempts end, as far as folding is concerned: a drop has two events, that differ in their reports. */
const endings: Readonly<Record<Report, number>> = {
  allowed: 0,
  "denied-by-default": 1,
  "denied-by-rule": 1,
  audited: 2,
  "auth-required": 3,
};

/** Which events decide about attempts. */
export type Decisive = "verdicts" | "drops";

/** How far the events of a kind are folded. */
interface Progress {
  readonly eventType: number;
  readonly window: AttemptWindow;
  next: number;
}

const foldings = new WeakMap<FlowStore, AttemptFolding>();

/** The folding of a store: one for all who count its rows. */
export function foldingOf(store: FlowStore): AttemptFolding {
  const known = foldings.get(store);
  if (known) return known;
  const made = new AttemptFolding(store);
  foldings.set(store, made);
  return made;
}

/**
 * Which events of a store report of an attempt that an earlier one had reported of. It has nothing to do with policies:
 * worked out once as rows come, it holds for every policy that is counted over them later.
 */
class AttemptFolding {
  readonly #store: FlowStore;
  readonly #addresses: StableNumbers;
  readonly #dropReports: DropReports;
  readonly #progress: Readonly<Record<Decisive, Progress>> = {
    verdicts: { eventType: eventTypes.policyVerdict, window: new AttemptWindow(), next: 0 },
    drops: { eventType: eventTypes.drop, window: new AttemptWindow(), next: 0 },
  };
  /** A word for each slot of the store, of rows that report of attempts. */
  #words = new Uint32Array(0);
  #generation: number;
  readonly #key: AttemptKey = {
    ...{ direction: 0, subject: 0, peer: 0, sourcePort: 0, destinationPort: 0, protocol: 0, ending: 0 },
  };

  constructor(store: FlowStore) {
    this.#store = store;
    this.#addresses = new StableNumbers(store);
    this.#dropReports = new DropReports(store);
    this.#generation = store.generation;
  }

  /**
   * Folds the decisive events among the rows below one, and answers a word for each slot, good until the next row comes:
   * read those of decisive events below that row with {@link reportIn} and {@link beginsIn}.
   */
  foldTo(end: number, decisive: Decisive): Uint32Array {
    const store = this.#store;
    const { kind, eventType } = store.columns;
    if (this.#words.length !== kind.length) this.#moveTo(kind.length);
    if (store.generation !== this.#generation) this.#renumber();
    const progress = this.#progress[decisive];
    let row = Math.max(progress.next, store.first);
    let slot = store.slotOf(row);
    for (; row < end; row++) {
      if (eventType[slot] === progress.eventType && kind[slot] === 1) this.#fold(row, slot, progress.window);
      slot = slot + 1 === kind.length ? 0 : slot + 1;
    }
    if (end > progress.next) progress.next = end;
    return this.#words;
  }

  /** Folds the verdict events of what is held now, so many rows at a time: few are left to whoever counts them. */
  *steps(): Steps {
    const { end } = this.#store;
    const { verdicts } = this.#progress;
    while (verdicts.next < end) {
      yield;
      this.foldTo(Math.min(end, Math.max(verdicts.next, this.#store.first) + rowsPerStep), "verdicts");
    }
  }

  #fold(row: number, slot: number, window: AttemptWindow): void {
    const report = this.reportAt(slot);
    if (!report) {
      this.#words[slot] = 0;
      return;
    }
    const { seconds, nanos } = this.#store.columns;
    const at = (seconds[slot] ?? 0) * 1000 + Math.floor((nanos[slot] ?? 0) / 1e6);
    const back = window.backOf(this.#attemptKey(slot, endings[report]), row, at);
    this.#words[slot] = (Math.min(back, maxBack) << reportBits) | (reports.indexOf(report) + 1);
  }

  /** What the event at a slot reports; `undefined`: nothing about policy. */
  reportAt(slot: number): Report | undefined {
    const { columns } = this.#store;
    const direction = columns.trafficDirection[slot];
    if ((direction !== ingress && direction !== egress) || columns.isReply[slot] === isReply)
      return undefined;
    const verdict = columns.verdict[slot];
    if (verdict === forwarded || verdict === redirected) return "allowed";
    if (verdict === audit) return "audited";
    if (verdict !== dropped) return undefined;
    if (this.#store.generation !== this.#generation) this.#renumber();
    return this.#dropReports.of(columns.dropReason[slot] ?? 0);
  }

  #attemptKey(slot: number, ending: number): AttemptKey {
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
    key.ending = ending;
    return key;
  }

  /** The store has other columns now: words go where their rows are. */
  #moveTo(slots: number): void {
    const words = new Uint32Array(slots);
    const before = this.#words;
    const { first } = this.#store;
    const end = Math.max(this.#progress.verdicts.next, this.#progress.drops.next);
    if (before.length > 0)
      for (let row = first; row < end; row++) words[row % slots] = before[row % before.length] ?? 0;
    this.#words = words;
  }

  #renumber(): void {
    this.#generation = this.#store.generation;
    this.#addresses.renumber();
    this.#dropReports.renumber();
  }
}

/** The number of what a word reports, among {@link reports}; -1: nothing about policy. */
export function reportIn(word: number): number {
  return (word & ((1 << reportBits) - 1)) - 1;
}

/** Does a row of this word begin an attempt, when rows are counted from one on? */
export function beginsIn(word: number, row: number, since: number): boolean {
  const back = word >>> reportBits;
  return back === 0 || row - back < since;
}
