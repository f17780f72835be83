import type { Flow, Notice, Timestamp } from "../flows/flow.ts";
import type { Sighting } from "./eventFlows.ts";
import { demoNodes } from "./demoCluster.ts";
import type { DemoNode, Peer } from "./peer.ts";
import type { PolicyEnforcer } from "./policyEnforcer.ts";
import { SeededRandom } from "./seededRandom.ts";
import { nsPerSecond, type Stage } from "./stage.ts";
import { TimeQueue } from "./timeQueue.ts";
import { type Habit, habits } from "./traffic.ts";

/** Something that a node saw: a flow, or that it could not keep up. */
export type DemoEvent = { readonly node: DemoNode; readonly time: Timestamp } & (
  | { readonly flow: Flow }
  | { readonly notice: LostEvents }
);

/** Only losses are told by nodes. */
export type LostEvents = Extract<Notice, { readonly kind: "lost-events" }>;

export interface SimulationOptions {
  readonly seed: number;
  /** When the simulated time 0 is. */
  readonly start: Timestamp;
  readonly flowsPerSecond: number;
  readonly enforcer: PolicyEnforcer;
}

/** About every two minutes a node tells that events were lost before they reached its ring (not: a reader was too slow). */
const lossEverySeconds = 120;

/**
 * Makes what happens in the demo cluster, as far as it is asked for: the same seed, start, rate and policies give the
 * same events, whatever the steps are in which they are asked for.
 */
export class Simulation implements Stage {
  readonly random: SeededRandom;
  readonly enforcer: PolicyEnforcer;
  readonly #options: SimulationOptions;
  readonly #queue = new TimeQueue<() => void>();
  readonly #ports = new Map<Peer, number>();
  readonly #turns: { readonly habit: Habit; credit: number }[];
  #events: DemoEvent[] = [];
  #nowNs = 0;
  #skippedNs = 0;
  /** Events made since traffic was last made: what the rate is kept with. */
  #madeEvents = 0;

  constructor(options: SimulationOptions) {
    this.#options = options;
    this.random = new SeededRandom(options.seed);
    this.enforcer = options.enforcer;
    this.#turns = habits.map((habit) => ({ habit, credit: 0 }));
    this.later(0, () => {
      this.#makeTraffic();
    });
    this.later(Math.floor(this.random.between(20, lossEverySeconds) * nsPerSecond), () => {
      this.#loseEvents();
    });
  }

  get nowNs(): number {
    return this.#nowNs;
  }

  /** What the clocks of the nodes show at a simulated time. */
  timeAt(atNs: number): Timestamp {
    const { seconds, nanos } = this.#options.start;
    const total = nanos + atNs + this.#skippedNs;
    return { seconds: seconds + Math.floor(total / nsPerSecond), nanos: total % nsPerSecond };
  }

  /** Every event before this moment that was not told yet, in the order of time. */
  advance(untilNs: number): readonly DemoEvent[] {
    for (let next = this.#queue.next(untilNs); next; next = this.#queue.next(untilNs)) {
      this.#nowNs = next.at;
      next.value();
    }
    this.#nowNs = Math.max(this.#nowNs, untilNs);
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Sets the nodes' clocks on (or back) without anything happening; each node tells that it lost what happened then. */
  skip(lengthNs: number): void {
    this.#skippedNs += lengthNs;
    if (lengthNs <= 0) return;
    const time = this.timeAt(this.#nowNs);
    const lost = Math.ceil(((lengthNs / nsPerSecond) * this.#options.flowsPerSecond) / demoNodes.length);
    for (const node of demoNodes) this.#lose(node, { time, source: "OBSERVER_EVENTS_QUEUE", count: lost });
  }

  emit(atNs: number, node: DemoNode, make: (sighting: Sighting) => Flow): void {
    const time = this.timeAt(atNs);
    const flow = make({ time, uuid: this.random.uuid(), node });
    this.#madeEvents += 1;
    this.later(atNs, () => {
      this.#events.push({ node, time, flow });
    });
  }

  later(atNs: number, task: () => void): void {
    this.#queue.add(atNs, task);
  }

  ephemeralPort(client: Peer): number {
    const last = this.#ports.get(client) ?? this.random.integer(firstEphemeralPort, lastEphemeralPort);
    const port = last >= lastEphemeralPort ? firstEphemeralPort : last + 1;
    this.#ports.set(client, port);
    return port;
  }

  #makeTraffic(): void {
    this.#nextHabit().act(this);
    const waitNs =
      (this.#madeEvents / this.#options.flowsPerSecond) * this.random.between(0.7, 1.3) * nsPerSecond;
    this.#madeEvents = 0;
    this.later(this.#nowNs + Math.max(1, Math.floor(waitNs)), () => {
      this.#makeTraffic();
    });
  }

  /** Takes turns by weight, so that nothing is long in coming. */
  #nextHabit(): Habit {
    let total = 0;
    let chosen = this.#turns[0];
    for (const turn of this.#turns) {
      turn.credit += turn.habit.weight;
      total += turn.habit.weight;
      if (!chosen || turn.credit > chosen.credit) chosen = turn;
    }
    if (!chosen) throw new Error("there are no habits");
    chosen.credit -= total;
    return chosen.habit;
  }

  #loseEvents(): void {
    const source = this.random.pick(["OBSERVER_EVENTS_QUEUE", "PERF_EVENT_RING_BUFFER"]);
    const loss = { time: this.timeAt(this.#nowNs), source, count: this.random.integer(3, 60) };
    this.#lose(this.random.pick(demoNodes), loss);
    const waitSeconds = lossEverySeconds * this.random.between(0.6, 1.4);
    this.later(this.#nowNs + Math.floor(waitSeconds * nsPerSecond), () => {
      this.#loseEvents();
    });
  }

  #lose(node: DemoNode, loss: Pick<LostEvents, "time" | "source" | "count">): void {
    const { time } = loss;
    this.#events.push({ node, time, notice: { kind: "lost-events", nodeName: node.fullName, ...loss } });
  }
}

const firstEphemeralPort = 32768;
const lastEphemeralPort = 60999;
