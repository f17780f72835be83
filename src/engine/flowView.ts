import type { FlowSelection } from "../flows/flowFilter.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import type { RowPredicate } from "../flows/match/compileSelection.ts";
import type { ViewFigures } from "../protocol/engine.ts";
import type { RowReader } from "./rowPump.ts";

export interface FlowViewOptions {
  readonly view: number;
  readonly selection: FlowSelection;
  readonly matches: RowPredicate;
  readonly limit?: () => number;
}

/**
 * The rows that a selection admits, in the order in which they came; after {@link sortByTime} those held then in the
 * order in which they happened. Numbered from `first` to `end - 1`; no number is used twice, and a row keeps its number
 * until it is sorted elsewhere. Rows are dropped in the order in which they came, so a sorted view has some in its midst
 * that are no longer held: they go when they are its first.
 */
export class FlowView implements RowReader {
  readonly view: number;
  readonly selection: FlowSelection;
  readonly readBeforeDrop = false;
  readonly limit?: () => number;
  next: number;

  readonly #store: FlowStore;
  readonly #matches: RowPredicate;
  /** Store rows from `#head` on; what is before it was dropped, and is cut off now and then. */
  #rows: number[] = [];
  #head = 0;
  /** The number in the view of `#rows[0]`. */
  #base = 0;
  /** To be sorted when everything below this row has been read; `Infinity`: not asked for. */
  #sortAt = Infinity;
  #paused = false;

  constructor(store: FlowStore, options: FlowViewOptions) {
    this.#store = store;
    this.view = options.view;
    this.selection = options.selection;
    this.#matches = options.matches;
    if (options.limit) this.limit = options.limit;
    this.next = store.first;
  }

  readonly read = (row: number): void => {
    if (this.#matches(row)) this.#rows.push(row);
  };

  figures(): ViewFigures {
    this.#trim();
    const figures = { view: this.view, first: this.#base + this.#head, end: this.#base + this.#rows.length };
    return this.#hasOnlyNotices() ? { ...figures, onlyNotices: true } : figures;
  }

  /** The store row behind a number between `first` and `end`, be it held still or not. */
  rowAt(number: number): number | undefined {
    return this.#rows[number - this.#base];
  }

  /** While paused it is not sorted, as every row then gets a new number; what was put off is done afterwards. */
  setPaused(paused: boolean): void {
    this.#paused = paused;
    this.caughtUp();
  }

  /** Begins anew over what is held: what the selection admits has changed. */
  restart(): void {
    this.#replace([]);
    this.next = this.#store.first;
  }

  /** Once all that is held now has been read, brings it into the order of time; rows that move get new numbers. */
  sortByTime(): void {
    this.#sortAt = this.#store.end;
    this.caughtUp();
  }

  /** Some rows were read: does what was put off until then. */
  caughtUp(): void {
    if (this.#paused || this.next < this.#sortAt) return;
    this.#sortAt = Infinity;
    this.#sort();
  }

  #sort(): void {
    const rows = this.#rows.filter((row) => row >= this.#store.first);
    if (!rows.some((row, index) => index > 0 && this.#compare(rows[index - 1] ?? row, row) > 0)) return;
    rows.sort((a, b) => this.#compare(a, b) || a - b);
    this.#replace(rows);
  }

  #compare(a: number, b: number): number {
    const { seconds, nanos } = this.#store.columns;
    const [slotA, slotB] = [this.#store.slotOf(a), this.#store.slotOf(b)];
    const wholeMs = ((seconds[slotA] ?? 0) - (seconds[slotB] ?? 0)) * 1000;
    return wholeMs + ((nanos[slotA] ?? 0) - (nanos[slotB] ?? 0)) / 1e6;
  }

  /** Mostly the first row answers it. */
  #hasOnlyNotices(): boolean {
    const { kind } = this.#store.columns;
    for (let index = this.#head; index < this.#rows.length; index++) {
      const row = this.#rows[index] ?? 0;
      if (row >= this.#store.first && kind[this.#store.slotOf(row)] !== 2) return false;
    }
    return this.#rows.length > this.#head;
  }

  #trim(): void {
    const first = this.#store.first;
    while (this.#head < this.#rows.length && (this.#rows[this.#head] ?? 0) < first) this.#head += 1;
    if (this.#head > 1024 && this.#head > this.#rows.length / 2) {
      this.#rows = this.#rows.slice(this.#head);
      this.#base += this.#head;
      this.#head = 0;
    }
  }

  #replace(rows: number[]): void {
    this.#base += this.#rows.length;
    this.#rows = rows;
    this.#head = 0;
  }
}
