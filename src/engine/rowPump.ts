import { type Disposable, toDisposable } from "../base/disposable.ts";
import type { FlowStore } from "../flows/flowStore.ts";

/** Somebody who reads every row of the store once, in order. */
export interface RowReader {
  /** The next row to read; the pump moves it on. */
  next: number;
  readonly read: (row: number) => void;
  /** Reads only rows below this one for now; absent: all that are held. */
  readonly limit?: () => number;
  /** A row must not be dropped before this reader has read it: counting goes on even when it lags. */
  readonly readBeforeDrop: boolean;
}

/** Ingestion and questions get their turn at least this often. */
const sliceMs = 8;
/** Rows between two looks at the clock. */
const chunkRows = 256;

/**
 * Brings readers up to date with the store in slices of a few ms, between which the thread does other things: a new
 * view over a million rows holds up neither what arrives nor what is asked.
 */
export class RowPump implements Disposable {
  readonly #store: FlowStore;
  readonly #onProgress: () => void;
  readonly #readers = new Set<RowReader>();
  #scheduled: NodeJS.Immediate | undefined;
  #disposed = false;

  /** `onProgress` is called after each slice. */
  constructor(store: FlowStore, onProgress: () => void) {
    this.#store = store;
    this.#onProgress = onProgress;
  }

  /** Serves a reader until the answer is disposed. Readers are served in the order in which they came, those with a limit last. */
  add(reader: RowReader): Disposable {
    this.#readers.add(reader);
    this.wake();
    return toDisposable(() => {
      this.#readers.delete(reader);
    });
  }

  /** There are new rows, or a reader may read further. */
  wake(): void {
    if (this.#disposed) return;
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined;
      this.#slice();
    });
  }

  /** The store is about to drop this row, its oldest. */
  beforeDrop(row: number): void {
    for (const reader of this.#readers) {
      if (reader.next > row) continue;
      if (reader.readBeforeDrop) reader.read(row);
      reader.next = row + 1;
    }
  }

  dispose(): void {
    this.#disposed = true;
    clearImmediate(this.#scheduled);
    this.#readers.clear();
  }

  #slice(): void {
    const endsAt = performance.now() + sliceMs;
    let behind = false;
    // How far some may read is how far others have come: those are served first.
    const limited = [...this.#readers].filter((reader) => reader.limit);
    const free = [...this.#readers].filter((reader) => !reader.limit);
    for (const reader of [...free, ...limited]) {
      if (!this.#advance(reader, endsAt)) behind = true;
    }
    this.#onProgress();
    if (behind) this.wake();
  }

  /** Answers whether the reader has read all that it may. */
  #advance(reader: RowReader, endsAt: number): boolean {
    const end = Math.min(this.#store.end, reader.limit?.() ?? Infinity);
    reader.next = Math.max(reader.next, this.#store.first);
    while (reader.next < end) {
      const until = Math.min(end, reader.next + chunkRows);
      while (reader.next < until) {
        const row = reader.next;
        reader.next = row + 1;
        reader.read(row);
      }
      if (performance.now() >= endsAt) return reader.next >= end;
    }
    return true;
  }
}
