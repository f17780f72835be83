import type { Disposable } from "../base/disposable.ts";
import type { FlowHub } from "./flowHub.ts";
import type { Simulation } from "./simulation.ts";
import { nsPerMillisecond } from "./stage.ts";

/** How often what has happened meanwhile is told: often enough to look continuous at any rate. */
const tickMs = 25;

/** A pause longer than this (the computer slept, or cannot keep up) is skipped: all but this much is told as lost. */
const mostCaughtUpMs = 2_000;

/** Lets the simulation follow a clock, and hands what happens to the hub. */
export class DemoClock implements Disposable {
  readonly #simulation: Simulation;
  readonly #hub: FlowHub;
  readonly #clock: () => number;
  /** When, by the clock, the simulation's time 0 is. */
  #zeroMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: {
    readonly simulation: Simulation;
    readonly hub: FlowHub;
    readonly clock: () => number;
    readonly zeroMs: number;
  }) {
    this.#simulation = options.simulation;
    this.#hub = options.hub;
    this.#clock = options.clock;
    this.#zeroMs = options.zeroMs;
  }

  /** Has everything happen that lies before now, however much that is. */
  fill(): void {
    this.#hub.append(this.#simulation.advance(this.#nowNs()));
  }

  /** Has everything happen that lies before now, but for what is too much to catch up with; follows a clock set back. */
  tick(): void {
    const lateMs = (this.#nowNs() - this.#simulation.nowNs) / nsPerMillisecond;
    if (lateMs > mostCaughtUpMs) this.#skip(lateMs - mostCaughtUpMs);
    else if (lateMs < -mostCaughtUpMs) this.#skip(lateMs);
    this.fill();
  }

  /** Ticks from now on, until it is disposed. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.tick();
    }, tickMs);
  }

  dispose(): void {
    clearInterval(this.#timer);
  }

  #skip(ms: number): void {
    this.#simulation.skip(Math.floor(ms * nsPerMillisecond));
    this.#zeroMs += ms;
  }

  #nowNs(): number {
    return Math.floor((this.#clock() - this.#zeroMs) * nsPerMillisecond);
  }
}
