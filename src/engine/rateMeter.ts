const windowSeconds = 5;
/** So many are counted with one look at the clock, which costs more than they do. */
const countedAtOnce = 8;

/** Says how often per second something happened, over the last 5 s; O(1) each. */
export class RateMeter {
  readonly #clock: () => number;
  readonly #counts = new Array<number>(windowSeconds).fill(0);
  #second: number;
  #startedMs: number;
  #uncounted = 0;

  /** `clock` answers ms that never go back. */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
    this.#startedMs = clock();
    this.#second = Math.floor(this.#startedMs / 1000);
  }

  add(): void {
    this.#uncounted += 1;
    if (this.#uncounted >= countedAtOnce) this.#advance();
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
    this.#uncounted = 0;
    this.#startedMs = this.#clock();
    this.#second = Math.floor(this.#startedMs / 1000);
  }

  #advance(): void {
    const second = Math.floor(this.#clock() / 1000);
    for (let passed = Math.min(second - this.#second, windowSeconds); passed > 0; passed--) {
      this.#counts[(second - passed + 1) % windowSeconds] = 0;
    }
    this.#second = second;
    const slot = second % windowSeconds;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + this.#uncounted;
    this.#uncounted = 0;
  }
}
