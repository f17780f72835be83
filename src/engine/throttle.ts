import type { Disposable } from "../base/disposable.ts";

/** Runs something at most once per interval, and once after the last request. */
export class Throttle implements Disposable {
  readonly #intervalMs: number;
  readonly #run: () => void;
  #ranAt = -Infinity;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(intervalMs: number, run: () => void) {
    this.#intervalMs = intervalMs;
    this.#run = run;
  }

  /** Runs it as soon as it may run again. */
  request(): void {
    if (this.#disposed || this.#timer !== undefined) return;
    const waitMs = Math.max(0, this.#ranAt + this.#intervalMs - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#ranAt = performance.now();
      this.#run();
    }, waitMs);
  }

  /** Runs it at once, whatever was requested before: for what a person waits for. */
  now(): void {
    if (this.#disposed) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#ranAt = performance.now();
    this.#run();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
