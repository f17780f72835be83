import { Emitter } from "../base/event.ts";
import { demoNodes } from "./demoCluster.ts";
import { FlowRing, RingEntry } from "./flowRing.ts";
import type { DemoNode } from "./peer.ts";
import type { DemoEvent } from "./simulation.ts";

/** What a relay has from its nodes: a ring of events for each, and figures over all of them. */
export class FlowHub {
  /** In the order of the nodes. */
  readonly rings: readonly { readonly node: DemoNode; readonly ring: FlowRing }[] = demoNodes.map((node) => ({
    node,
    ring: new FlowRing(),
  }));
  readonly #appended = new Emitter<null>();
  /** Fires after events were appended, once for all of them. */
  readonly onAppended = this.#appended.event;
  readonly #namespaces = new Map<string, number>();
  readonly #perSecond = new Map<number, number>();
  #order = 0;

  /** Appends events in the order of time. */
  append(events: readonly DemoEvent[]): void {
    if (events.length === 0) return;
    for (const event of events) {
      this.rings[event.node.index]?.ring.append(new RingEntry(event, this.#order));
      this.#order += 1;
      if ("flow" in event) this.#countFlow(event);
    }
    this.#appended.fire(null);
  }

  /** How many events were ever appended. */
  get seen(): number {
    return this.#order;
  }

  /** How many events the rings hold, and how many they can hold. */
  get held(): { readonly count: number; readonly max: number } {
    const rings = this.rings.map(({ ring }) => ring);
    return {
      count: rings.reduce((sum, ring) => sum + ring.length, 0),
      max: rings.reduce((sum, ring) => sum + ring.capacity, 0),
    };
  }

  /** Flows a second over the minute before a second (counted since 1970), or over what there was of it. */
  flowsPerSecond(second: number): number {
    for (const old of this.#perSecond.keys()) if (old < second - 60) this.#perSecond.delete(old);
    const [oldest] = this.#perSecond.keys();
    if (oldest === undefined || oldest >= second) return 0;
    let flows = 0;
    for (const [at, count] of this.#perSecond) if (at < second) flows += count;
    return flows / (second - oldest);
  }

  /** Namespaces with a flow since a second (counted since 1970), sorted. */
  namespacesSince(second: number): readonly string[] {
    return [...this.#namespaces]
      .filter(([, last]) => last >= second)
      .map(([name]) => name)
      .sort();
  }

  #countFlow({ flow, time }: Extract<DemoEvent, { readonly flow: unknown }>): void {
    this.#perSecond.set(time.seconds, (this.#perSecond.get(time.seconds) ?? 0) + 1);
    if (this.#perSecond.size > 600) this.flowsPerSecond(time.seconds);
    for (const { namespace } of [flow.source, flow.destination]) {
      if (namespace !== "") this.#namespaces.set(namespace, time.seconds);
    }
  }
}
