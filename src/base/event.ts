import { type Disposable, toDisposable } from "./disposable.ts";

/** Announces that something happened; calling it registers a listener until the answer is disposed. */
export type Event<T> = (listener: (value: T) => void) => Disposable;

/** The source of one event. Listeners are called in the order in which they came; one that throws stops the round. */
export class Emitter<T> implements Disposable {
  /** What is called, with what ends the listening. */
  readonly #listeners = new Map<(value: T) => void, Disposable>();

  readonly event: Event<T> = (listener) => {
    // One function may listen twice.
    const call = (value: T) => {
      listener(value);
    };
    const listening = toDisposable(() => {
      this.#listeners.delete(call);
    });
    this.#listeners.set(call, listening);
    return listening;
  };

  fire(value: T): void {
    for (const call of [...this.#listeners.keys()]) call(value);
  }

  /** Nothing is announced any more: whoever listens is let go. */
  dispose(): void {
    for (const listening of [...this.#listeners.values()]) listening.dispose();
  }
}
