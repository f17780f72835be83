import { writeNotice } from "../hubble/writeResponse.ts";
import type { FlowHub } from "./flowHub.ts";
import { RingEntry } from "./flowRing.ts";
import { type FlowQuery, NodeReader } from "./nodeReader.ts";

/** Reads all nodes as one stream in the order of time, as a relay does. */
export class MergedReader {
  readonly #readers: readonly NodeReader[];

  constructor(hub: FlowHub, query: FlowQuery) {
    this.#readers = hub.rings.map(({ node, ring }) => new NodeReader(node, ring, query));
  }

  /** Have all nodes told everything that they will? */
  get ended(): boolean {
    return this.#readers.every((reader) => reader.ended);
  }

  /** The next message, or `undefined` when there is none (yet). */
  next(): Uint8Array | undefined {
    let chosen: NodeReader | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const reader of this.#readers) {
      const peeked = reader.peek();
      if (peeked === undefined) continue;
      // That something was missed is told before what comes after it.
      const order = peeked instanceof RingEntry ? peeked.order : -1;
      if (order < lowest) [chosen, lowest] = [reader, order];
    }
    const peeked = chosen?.peek();
    chosen?.take();
    if (peeked === undefined) return undefined;
    return peeked instanceof RingEntry ? peeked.raw : writeNotice(peeked);
  }
}
