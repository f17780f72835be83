const windowSeconds = 5;

/** Says how often per second something happened, over the last 5 s; O(1) each. */
export class RateMeter {
  readonly #clock: () => number;
  readonly #counts = new Array<number>(windowSeconds).fill(0);
  #second: number;
  #startedMs: number;

  /** `clock` answers ms that never go back. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#startedMs = clock();
    this.#second = Math.floor(this.#startedMs / 1000);
  }

  add(): void {
    const slot = this.#advance() % windowSeconds;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
  }

  /** The rate over the window, or since the start where that is shorter. */
  perSecond(): number {
    this.#advance();
    const nowMs = this.#clock();
    // The window is four whole seconds and what has passed of the present one.
    const passedMs = Math.min(nowMs - this.#startedMs, (windowSeconds - 1) * 1000 + (nowMs % 1000));
    const total = this.#counts.reduce((sum, count) => sum + count, 0);
    return total === 0 ? 0 : total / Math.max(1, passedMs / 1000);
  }

  reset(): void {
    this.#counts.fill(0);
    this.#startedMs = this.#clock();
    this.#second = Math.floor(this.#startedMs / 1000);
  }

  #advance(): number {
    const second = Math.floor(this.#clock() / 1000);
    for (let passed = Math.min(second - this.#second, windowSeconds); passed > 0; passed--) {
      this.#counts[(second - passed + 1) % windowSeconds] = 0;
    }
    this.#second = second;
    return second;
  }
}
