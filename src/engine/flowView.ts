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
 * that are no longer held: they go when they are its first. Where only the last or first flows are asked for, those are
 * the ones of what is in it now: newer ones push older ones out, but not while it is paused.
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
  /** While paused the first number as it was when all held then had been read, unless all got new ones since. */
  #pausedAt = Infinity;

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
    const { from, until } = this.#wanted();
    const figures = { view: this.view, first: this.#base + from, end: this.#base + until };
    return this.#hasOnlyNotices() ? { ...figures, onlyNotices: true } : figures;
  }

  /** The store row behind a number between `first` and `end`, be it held still or not. */
  rowAt(number: number): number | undefined {
    return this.#rows[number - this.#base];
  }

  /** While paused it is not sorted, as every row then gets a new number; what was put off is done afterwards. */
  setPaused(paused: boolean): void {
    if (!paused) this.#pausedAt = Infinity;
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
    if (this.#paused) {
      if (this.#pausedAt === Infinity && this.next >= this.#store.end) this.#pausedAt = this.figures().first;
      return;
    }
    if (this.next < this.#sortAt) return;
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

  /** Which of the rows are asked for: notices count for nothing, and show as far as flows do. */
  #wanted(): { readonly from: number; readonly until: number } {
    const { last, first } = this.selection.range ?? {};
    const [head, end] = [this.#head, this.#rows.length];
    if (last !== undefined && end - head > last) {
      const paused = Math.max(head, this.#pausedAt - this.#base);
      return { from: Math.min(paused, this.#place(last, { from: end - 1, step: -1 }) ?? head), until: end };
    }
    if (first !== undefined && end - head > first) {
      return { from: head, until: (this.#place(first, { from: head, step: 1 }) ?? end - 1) + 1 };
    }
    return { from: head, until: end };
  }

  /** Where the flow of this number is, counted from a place on. */
  #place(flow: number, { from, step }: { readonly from: number; readonly step: number }): number | undefined {
    let left = flow;
    for (let at = from; at >= this.#head && at < this.#rows.length; at += step) {
      if (this.#isFlow(this.#rows[at] ?? 0)) left -= 1;
      if (left === 0) return at;
    }
    return undefined;
  }

  /** Is it held still, and no notice? */
  #isFlow(row: number): boolean {
    return row >= this.#store.first && this.#store.columns.kind[this.#store.slotOf(row)] !== 2;
  }

  /** Mostly the first row answers it. */
  #hasOnlyNotices(): boolean {
    for (let index = this.#head; index < this.#rows.length; index++) {
      if (this.#isFlow(this.#rows[index] ?? 0)) return false;
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
    this.#pausedAt = Infinity;
    this.#base += this.#rows.length;
    this.#rows = rows;
    this.#head = 0;
  }
}
