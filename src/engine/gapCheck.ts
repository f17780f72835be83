import type { Timestamp } from "../flows/flow.ts";

/** How far nodes may lag and clocks differ, in ms: so much before the cut is asked for again and counts as uncertain. */
export const overlapMs = 2_000;

/** When each node's newest flow was, by the node's name. Times are ms since 1970 with a fraction. */
export type LastSeen = ReadonlyMap<string, number>;

/** A stretch of time of which flows may be missing, in ms since 1970. */
export interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
  /** Whose flows. */
  readonly nodes: readonly string[];
  /** Those of the nodes that are silent still. */
  readonly silent: readonly string[];
}

/** A timestamp as ms since 1970, with a fraction that keeps about a microsecond. */
export function toMs(time: Timestamp): number {
  return time.seconds * 1000 + time.nanos / 1e6;
}

/** Ms since 1970 as a timestamp. */
export function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return { seconds, nanos: Math.min(999_999_999, Math.max(0, Math.round((ms - seconds * 1000) * 1e6))) };
}

/**
 * Finds out after an outage whether the nodes still held all that happened in it. A node did when it held something
 * from before the outage: it sends again what was received, or its oldest flow is that old. Whatever is not
 * certain is a gap.
 */
export class GapCheck {
  readonly #lostAtMs: number;
  /** Up to when each node was certainly covered; nodes that proved to be complete are taken out. */
  readonly #uncertain: Map<string, number>;
  readonly #seenAgainMs = new Map<string, number>();
  readonly #knewNobody: boolean;

  /** `unfinished`: the check of an earlier outage that the new one cut short. */
  constructor(lastSeen: LastSeen, lostAtMs: number, unfinished?: GapCheck) {
    this.#lostAtMs = lostAtMs;
    this.#knewNobody = lastSeen.size === 0;
    this.#uncertain = new Map([...lastSeen].map(([node, seenMs]) => [node, this.#coveredUntil(seenMs)]));
    if (!unfinished) return;
    for (const [node, covered] of unfinished.#uncertain) this.#uncertain.set(node, covered);
    for (const [node, againMs] of unfinished.#seenAgainMs) this.#seenAgainMs.set(node, againMs);
  }

  get isCertain(): boolean {
    return this.#uncertain.size === 0;
  }

  /** A resumed stream sent a flow; `repeated`: it was held already, or cannot be told from one that is. */
  saw(node: string, timeMs: number, repeated: boolean): void {
    const covered = this.#uncertain.get(node);
    if (covered === undefined) return;
    if (timeMs <= covered) {
      if (repeated) this.#uncertain.delete(node);
    } else {
      this.#seenAgainMs.set(node, Math.min(timeMs, this.#seenAgainMs.get(node) ?? Infinity));
    }
  }

  /** The oldest flow of all that a node holds now. */
  holdsFrom(node: string, oldestMs: number): void {
    // A node that nobody has seen a flow of is new, unless no node was seen at all.
    const covered = this.#uncertain.get(node) ?? (this.#knewNobody ? this.#coveredUntil(0) : undefined);
    if (covered === undefined) return;
    if (oldestMs <= covered) {
      this.#uncertain.delete(node);
    } else {
      this.#uncertain.set(node, covered);
      this.#seenAgainMs.set(node, Math.min(oldestMs, this.#seenAgainMs.get(node) ?? Infinity));
    }
  }

  /** The gap that is left; `nowMs` ends it for nodes that are silent. */
  gap(nowMs: number): Gap | undefined {
    if (this.#uncertain.size === 0) return undefined;
    const nodes = [...this.#uncertain.keys()].sort();
    const fromMs = Math.min(...this.#uncertain.values());
    const untilMs = Math.max(fromMs, ...nodes.map((node) => this.#seenAgainMs.get(node) ?? nowMs));
    return { fromMs, untilMs, nodes, silent: nodes.filter((node) => !this.#seenAgainMs.has(node)) };
  }

  /** Until the outage everything was streamed; what happened just before it may have been on its way. */
  #coveredUntil(seenMs: number): number {
    return Math.max(seenMs, this.#lostAtMs - overlapMs);
  }
}
