import { type Disposable, toDisposable } from "../base/disposable.ts";
import type { FlowStore } from "../flows/flowStore.ts";

/** Somebody who reads every row of the store once, in order. */
export interface RowReader {
  /** The next row to read; the pump moves it on. */
  next: number;
  readonly read: (row: number) => void;
  /** Reads the rows from one on, up to another, where that is quicker than one by one. */
  readMany?(from: number, end: number): void;
  /** The most rows that it reads in one go. */
  readonly stretchRows?: number;
  /** Reads only rows below this one for now; absent: all that are held. */
  readonly limit?: () => number;
  /** What it does beside reading, once it has read all: goes on with it for so long, and answers whether something is left. */
  work?(endsAt: number): boolean;
  /** A row must not be dropped before this reader has read it: counting goes on even when it lags. */
  readonly readBeforeDrop: boolean;
}

/** Ingestion and questions get their turn at least this often. */
const sliceMs = 8;
/** Rows between two looks at the clock: at first, at least, and at most. */
const firstRows = 64;
const fewestRows = 16;
const mostRows = 4096;
/** Between two looks at the clock more rows are read when it took less than this, and fewer when it took more. */
const shortMs = 0.4;
const longMs = 1.5;

/**
 * Brings readers up to date with the store in slices of a few ms, between which the thread does other things: a new
 * view over a million rows holds up neither what arrives nor what is asked.
 */
export class RowPump implements Disposable {
  readonly #store: FlowStore;
  readonly #onProgress: () => void;
  /** With how many rows each reads between two looks at the clock. */
  readonly #readers = new Map<RowReader, { rows: number }>();
  /** No reader that must read rows before they are dropped is before this row. */
  #countedBelow = 0;
  /** Who begins the next slice: who had no time in the last one. */
  #turn = 0;
  #scheduled: NodeJS.Immediate | undefined;
  #disposed = false;

  /** `onProgress` is called after each slice. */
  constructor(store: FlowStore, onProgress: () => void) {
    this.#store = store;
    this.#onProgress = onProgress;
  }

  /** Serves a reader until the answer is disposed. Readers are served in the order in which they came, those with a limit last. */
  add(reader: RowReader): Disposable {
    this.#readers.set(reader, { rows: firstRows });
    this.#countedBelow = 0;
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

  /** The store is about to drop this row, its oldest. It is asked of every flow that comes once the store is full. */
  beforeDrop(row: number): void {
    if (row < this.#countedBelow) return;
    let countedBelow = Infinity;
    for (const reader of this.#readers.keys()) {
      if (reader.next <= row) {
        if (reader.readBeforeDrop) reader.read(row);
        reader.next = row + 1;
      }
      if (reader.readBeforeDrop) countedBelow = Math.min(countedBelow, reader.next);
    }
    this.#countedBelow = countedBelow;
  }

  dispose(): void {
    this.#disposed = true;
    clearImmediate(this.#scheduled);
    this.#readers.clear();
  }

  #slice(): void {
    const endsAt = performance.now() + sliceMs;
    const behind = this.#serve(endsAt);
    this.#onProgress();
    if (behind) this.wake();
  }

  /** Answers whether somebody has not read all that it may. */
  #serve(endsAt: number): boolean {
    // How far some may read is how far others have come: those are served first.
    const readers = [...this.#readers.keys()].sort((a, b) => Number(!!a.limit) - Number(!!b.limit));
    let behind = false;
    for (let served = 0; served < readers.length; served++) {
      const turn = (this.#turn + served) % readers.length;
      const reader = readers[turn];
      if (reader && this.#isBehind(reader, endsAt)) behind = true;
      if (performance.now() < endsAt) continue;
      this.#turn = turn + 1;
      return true;
    }
    this.#turn = 0;
    return behind;
  }

  /** Goes on with a reader; answers whether something is left for it to do. */
  #isBehind(reader: RowReader, endsAt: number): boolean {
    const stretch = this.#readers.get(reader);
    // Another reader's turn may have ended this one.
    if (!stretch) return false;
    const end = Math.min(this.#store.end, reader.limit?.() ?? Infinity);
    reader.next = Math.max(reader.next, this.#store.first);
    let now = performance.now();
    while (reader.next < end) {
      const from = reader.next;
      const until = Math.min(end, from + stretch.rows);
      this.#read(reader, from, until);
      const before = now;
      now = performance.now();
      const most = Math.min(mostRows, reader.stretchRows ?? mostRows);
      if (now - before > longMs) stretch.rows = Math.max(fewestRows, stretch.rows >>> 1);
      else if (now - before < shortMs) stretch.rows = Math.min(most, stretch.rows * 2);
      if (now >= endsAt && reader.next < end) return true;
    }
    return reader.work?.(endsAt) ?? false;
  }

  #read(reader: RowReader, from: number, until: number): void {
    if (reader.readMany) {
      reader.next = until;
      reader.readMany(from, until);
      return;
    }
    for (let row = from; row < until; row++) {
      reader.next = row + 1;
      reader.read(row);
    }
  }
}
