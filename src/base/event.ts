import { type Disposable, toDisposable } from "./disposable.ts";

/** Announces that something happened; calling it registers a listener until the answer is disposed. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** The source of one event. Listeners are called in the order in which they came; one that throws stops the round. */
export class Emitter<T> implements Disposable {
  readonly #listeners = new Set<{ readonly call: (value: T) => void }>();

  readonly event: Event<T> = (listener) => {
    const entry = { call: listener };
    this.#listeners.add(entry);
    return toDisposable(() => {
      this.#listeners.delete(entry);
    });
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) listener.call(value);
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
