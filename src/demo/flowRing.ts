import { writeNotice } from "../hubble/writeResponse.ts";
import { encodeFlow } from "./encodeFlow.ts";
import type { DemoEvent } from "./simulation.ts";

/** An event as a ring holds it. */
export class RingEntry {
  readonly event: DemoEvent;
  /** Grows with each event of the cluster: what merging nodes goes by. */
  readonly order: number;
  #raw: Uint8Array | undefined;

  constructor(event: DemoEvent, order: number) {
    this.event = event;
    this.order = order;
  }

  /** The event as a `GetFlowsResponse` message, written when somebody first asks for it. */
  get raw(): Uint8Array {
    this.#raw ??= "flow" in this.event ? encodeFlow(this.event.flow) : writeNotice(this.event.notice);
    return this.#raw;
  }
}

/** Hubble's default: `hubble-event-buffer-capacity`. */
const capacity = 4095;

/** The newest events of one node; a number once given to an entry is never used again. */
export class FlowRing {
  readonly capacity = capacity;
  readonly #entries: (RingEntry | undefined)[] = new Array<RingEntry | undefined>(capacity);
  #end = 0;

  /** The number of the oldest entry held; equals {@link end} when none is. */
  get first(): number {
    return Math.max(0, this.#end - capacity);
  }

  /** The number that the next entry will get. */
  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.first;
  }

  append(entry: RingEntry): void {
    this.#entries[this.#end % capacity] = entry;
    this.#end += 1;
  }

  /** The entry with this number, or `undefined` when it is not held. */
  at(number: number): RingEntry | undefined {
    return number < this.first || number >= this.#end ? undefined : this.#entries[number % capacity];
  }
}
