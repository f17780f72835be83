/** Something that holds a resource until it is disposed; disposing twice is the same as once. */
export interface Disposable {
  dispose(): void;
}

const live = new Map<Disposable, string>();
let tracking = false;

/** From now on remembers every tracked disposable that is still open, with where it was made: for tests of leaks. */
export function trackDisposables(): void {
  tracking = true;
  live.clear();
}

/** Where each tracked disposable that is still open was made; empty when nothing leaked. */
export function leakedDisposables(): readonly string[] {
  return [...live.values()];
}

/** Makes a disposable of a function, which runs at most once. */
export function toDisposable(dispose: () => void): Disposable {
  let done = false;
  const made: Disposable = {
    dispose: () => {
      if (done) return;
      done = true;
      live.delete(made);
      dispose();
    },
  };
  track(made);
  return made;
}

/** Owns disposables and disposes them together, last in first out; what comes too late is disposed at once. */
export class DisposableStore implements Disposable {
  readonly #held: Disposable[] = [];
  #disposed = false;

  constructor() {
    track(this);
  }

  get isDisposed(): boolean {
    return this.#disposed;
  }

  add<T extends Disposable>(disposable: T): T {
    if (this.#disposed) disposable.dispose();
    else this.#held.push(disposable);
    return disposable;
  }

  dispose(): void {
    this.#disposed = true;
    live.delete(this);
    for (let next = this.#held.pop(); next; next = this.#held.pop()) next.dispose();
  }
}

function track(made: Disposable): void {
  if (tracking) live.set(made, new Error("made").stack ?? "unknown place");
}
