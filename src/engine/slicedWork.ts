import type { Disposable } from "../base/disposable.ts";

export interface SlicedWorkOptions {
  /** How long a slice may last; a single step that takes longer is not cut. */
  readonly sliceMs: number;
  /** Called after each slice. */
  readonly onSlice: () => void;
}

export interface Job<T> {
  /** The work: each `yield` is a place where it can be interrupted. */
  readonly steps: Generator<void, T>;
  /** How much it is, in any unit: less goes first, however long more has been waiting. */
  readonly size: number;
  readonly done: (result: T) => void;
}

/**
 * Does long computations in slices of a few ms, between which the thread does other things: streams go on, and questions
 * are answered.
 */
export class SlicedWork<Key> implements Disposable {
  readonly #options: SlicedWorkOptions;
  readonly #jobs = new Map<Key, Job<unknown>>();
  #scheduled: NodeJS.Immediate | undefined;
  #disposed = false;

  constructor(options: SlicedWorkOptions) {
    this.#options = options;
  }

  /** Begins a job, in place of the one that is under way by the same key, whose end nobody hears of. */
  start<T>(key: Key, { steps, size, done }: Job<T>): void {
    if (this.#disposed) return;
    // Of jobs alike the one that was asked for first goes first.
    this.#jobs.delete(key);
    this.#jobs.set(key, {
      steps,
      size,
      // The same job's steps make what its end is given.
      done: (result) => {
        done(result as T);
      },
    });
    this.#schedule();
  }

  /** Ends a job without a result. */
  abandon(key: Key): void {
    this.#jobs.delete(key);
  }

  /** Is a job under way that is no larger than this? */
  isBusyUpTo(size: number): boolean {
    return [...this.#jobs.values()].some((job) => job.size <= size);
  }

  dispose(): void {
    this.#disposed = true;
    clearImmediate(this.#scheduled);
    this.#jobs.clear();
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      try {
        this.#slice();
      } finally {
        // One that throws takes no other with it.
        if (this.#jobs.size > 0) this.#schedule();
      }
    });
  }

  #slice(): void {
    const endsAt = performance.now() + this.#options.sliceMs;
    do {
      const [key, job] = this.#smallest() ?? [];
      if (key === undefined || job === undefined) break;
      this.#step(key, job);
    } while (performance.now() < endsAt);
    this.#options.onSlice();
  }

  #step(key: Key, { steps, done }: Job<unknown>): void {
    let result: IteratorResult<void, unknown> | undefined;
    try {
      result = steps.next();
    } finally {
      if (result?.done !== false) this.#jobs.delete(key);
    }
    if (result.done === true) done(result.value);
  }

  #smallest(): readonly [Key, Job<unknown>] | undefined {
    let found: readonly [Key, Job<unknown>] | undefined;
    for (const entry of this.#jobs) if (found === undefined || entry[1].size < found[1].size) found = entry;
    return found;
  }
}
