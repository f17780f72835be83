import type { Timestamp } from "../flows/flow.ts";

/** How far nodes may lag and clocks differ, in ms: so much before the cut is asked for again and counts as uncertain. */
export const overlapMs = 2_000;

/** When each node's newest flow was, by the node's name. Times are ms since 1970 with a fraction. */
export type LastSeen = ReadonlyMap<string, number>;

/** Up to when everything that was asked for certainly came, in ms since 1970. */
export interface Coverage {
  /** By the node's name. */
  readonly nodes: ReadonlyMap<string, number>;
  /** … for a node that is not among them; absent: such a node is new, and nothing of it can be missing. */
  readonly others?: number;
}

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
  /** Up to when each node was certainly covered; nodes that proved to be complete are taken out. */
  readonly #uncertain: Map<string, number>;
  readonly #seenAgainMs = new Map<string, number>();
  readonly #others: number | undefined;
  readonly #certain = new Set<string>();

  /** `unfinished`: the check of an earlier outage that the new one cut short. What it had not proven is asked anew. */
  constructor(coverage: Coverage, unfinished?: GapCheck) {
    this.#uncertain = new Map(coverage.nodes);
    this.#others = coverage.others;
    if (!unfinished) return;
    this.#others = lesser(this.#others, unfinished.#others);
    for (const [node, covered] of unfinished.#uncertain) {
      this.#uncertain.set(node, Math.min(covered, this.#uncertain.get(node) ?? Infinity));
    }
  }

  get isCertain(): boolean {
    return this.#uncertain.size === 0;
  }

  /** A resumed stream sent a flow; `repeated`: it was held already, or cannot be told from one that is. */
  saw(node: string, timeMs: number, repeated: boolean): void {
    const covered = this.#uncertain.get(node);
    if (covered === undefined) return;
    if (timeMs <= covered) {
      if (repeated) this.#prove(node);
    } else {
      this.#seenAgainMs.set(node, Math.min(timeMs, this.#seenAgainMs.get(node) ?? Infinity));
    }
  }

  /** The oldest flow of all that a node holds now. */
  holdsFrom(node: string, oldestMs: number): void {
    const covered = this.#uncertain.get(node) ?? (this.#certain.has(node) ? undefined : this.#others);
    if (covered === undefined) return;
    if (oldestMs <= covered) {
      this.#prove(node);
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

  #prove(node: string): void {
    this.#uncertain.delete(node);
    this.#certain.add(node);
  }
}

function lesser(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
