import type { Flow, Timestamp } from "../flows/flow.ts";
import type { FlowRing, RingEntry } from "./flowRing.ts";
import type { LostEvents } from "./simulation.ts";
import type { DemoNode } from "./peer.ts";

/** What is asked of each node. Absent numbers and times set no bound. */
export interface FlowQuery {
  readonly number: number;
  readonly first: boolean;
  readonly follow: boolean;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly matches: (flow: Flow) => boolean;
}

/**
 * Reads one node's ring as Hubble's server does. `since` decides where to begin if there is one; else `number` goes
 * back from the newest (or, with `first`, on from the oldest). Without `follow`, `number` also ends the reading.
 * A reader that is too slow for a node learns how many events it missed.
 */
export class NodeReader {
  readonly #node: DemoNode;
  readonly #ring: FlowRing;
  readonly #query: FlowQuery;
  /** What is appended later is read only by those who follow. */
  readonly #stopAt: number;
  #next: number;
  #told = 0;
  #peeked: RingEntry | LostEvents | undefined;
  #ended = false;

  constructor(node: DemoNode, ring: FlowRing, query: FlowQuery) {
    this.#node = node;
    this.#ring = ring;
    this.#query = query;
    this.#stopAt = query.follow ? Number.POSITIVE_INFINITY : ring.end;
    this.#next = startOf(ring, query);
  }

  /** Will nothing come any more? */
  get ended(): boolean {
    return this.#ended;
  }

  /** What comes next, as often as it is asked; `undefined` when there is nothing (yet). */
  peek(): RingEntry | LostEvents | undefined {
    this.#peeked ??= this.#read();
    return this.#peeked;
  }

  /** Goes on behind what {@link peek} answered. */
  take(): void {
    this.#peeked = undefined;
  }

  #read(): RingEntry | LostEvents | undefined {
    const { number, follow, since, until, matches } = this.#query;
    while (!this.#ended) {
      if (this.#next >= this.#stopAt || (!follow && number > 0 && this.#told >= number)) {
        this.#ended = true;
        return undefined;
      }
      if (this.#next < this.#ring.first) return this.#missed();
      const entry = this.#ring.at(this.#next);
      if (!entry) return undefined;
      this.#next += 1;
      const { event } = entry;
      // Nobody asks for losses, so no filter and no bound of time keeps them back.
      if (!("flow" in event)) return entry;
      if (until && isAfter(event.time, until)) {
        this.#ended = true;
        return undefined;
      }
      if ((since && isAfter(since, event.time)) || !matches(event.flow)) continue;
      this.#told += 1;
      return entry;
    }
    return undefined;
  }

  #missed(): LostEvents | undefined {
    const oldest = Math.min(this.#ring.first, this.#stopAt);
    const count = oldest - this.#next;
    this.#next = oldest;
    const time = this.#ring.at(this.#ring.first)?.event.time ?? { seconds: 0, nanos: 0 };
    const { fullName } = this.#node;
    return { kind: "lost-events", time, nodeName: fullName, source: "HUBBLE_RING_BUFFER", count };
  }
}

/** The number of the entry to begin with. */
function startOf(ring: FlowRing, { number, first, follow, since, matches }: FlowQuery): number {
  if (first && !since) return ring.first;
  if (follow && number === 0 && !since) return ring.end;
  let told = 0;
  for (let at = ring.end - 1; at >= ring.first; at--) {
    const event = ring.at(at)?.event;
    if (!event || !("flow" in event) || !matches(event.flow)) continue;
    told += 1;
    if (since) {
      if (isAfter(since, event.time)) return at + 1;
    } else if (told === number) {
      return at;
    }
  }
  return ring.first;
}

function isAfter(one: Timestamp, other: Timestamp): boolean {
  return one.seconds > other.seconds || (one.seconds === other.seconds && one.nanos > other.nanos);
}
