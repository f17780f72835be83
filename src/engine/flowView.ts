import type { Steps } from "../base/steps.ts";
import type { FlowSelection } from "../flows/flowFilter.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import type { RowScan } from "../flows/match/compileScan.ts";
import type { ViewFigures } from "../protocol/engine.ts";
import { RowList } from "./rowList.ts";
import type { RowReader } from "./rowPump.ts";
import { type TimeOrder, timeOrderSteps } from "./timeOrder.ts";

export interface FlowViewOptions {
  readonly view: number;
  readonly selection: FlowSelection;
  readonly scan: RowScan;
  readonly limit?: () => number;
}

/** Rows that were found, in one go. */
const foundAtMost = 4096;
/** Decoded flows are slow. */
const decodedAtMost = 128;
/** Fewer rows are sorted at once. */
const sortedAtOnce = 10_000;

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
  readonly stretchRows: number;
  readonly limit?: () => number;
  next: number;

  readonly #store: FlowStore;
  readonly #scan: RowScan;
  readonly #found: Uint32Array;
  /** Store rows from `#head` on; what is before it was dropped, and is cut off now and then. */
  #rows = new RowList();
  #head = 0;
  /** The number in the view of the first of `#rows`. */
  #base = 0;
  /** The numbers in the view of what is no flow. */
  #notices = new RowList();
  /** Up to this number rows were sorted: behind it they are in the order in which they came. */
  #sortedEnd = 0;
  /** The lowest of the sorted rows: when it is held, all are. */
  #lowestSorted = 0;
  /** Are the rows in the order of time for all that is known? */
  #inOrder = true;
  #lastSecond = -Infinity;
  #lastNanos = 0;
  /** To be sorted when everything below this row has been read; `Infinity`: not asked for. */
  #sortAt = Infinity;
  /** Under way, of the rows below a number. */
  #sorting: { readonly steps: Steps<TimeOrder | undefined>; readonly end: number } | undefined;
  #paused = false;
  /** While paused the first number as it was when all held then had been read, unless all got new ones since. */
  #pausedAt = Infinity;
  /** What was asked for last, by what it depends on. */
  #lastWanted = { key: "", from: 0, until: 0 };

  constructor(store: FlowStore, options: FlowViewOptions) {
    this.#store = store;
    this.view = options.view;
    this.selection = options.selection;
    this.#scan = options.scan;
    this.stretchRows = options.scan.asksWholeFlows ? decodedAtMost : foundAtMost;
    this.#found = new Uint32Array(this.stretchRows);
    if (options.limit) this.limit = options.limit;
    this.next = store.first;
  }

  readonly read = (row: number): void => {
    this.readMany(row, row + 1);
  };

  /** At most {@link stretchRows}. */
  readMany(from: number, end: number): void {
    const found = this.#found;
    const count = this.#scan.scan(from, end, found);
    const { kind, seconds, nanos } = this.#store.columns;
    for (let index = 0; index < count; index++) {
      const row = from + (found[index] ?? 0);
      const slot = this.#store.slotOf(row);
      if (kind[slot] === 2) this.#notices.push(this.#base + this.#rows.length);
      const second = seconds[slot] ?? 0;
      const nano = nanos[slot] ?? 0;
      if (second < this.#lastSecond || (second === this.#lastSecond && nano < this.#lastNanos)) {
        this.#inOrder = false;
      }
      this.#lastSecond = second;
      this.#lastNanos = nano;
      this.#rows.push(row);
    }
  }

  figures(): ViewFigures {
    this.#trim();
    const { from, until } = this.#wanted();
    const figures = { view: this.view, first: this.#base + from, end: this.#base + until };
    const rows = this.#rows.length - this.#head;
    return rows > 0 && this.#notices.length === rows ? { ...figures, onlyNotices: true } : figures;
  }

  /** The store row behind a number between `first` and `end`, be it held still or not. */
  rowAt(number: number): number | undefined {
    return this.#rows.at(number - this.#base);
  }

  /** The rows that are asked for, as they are now. */
  storeRows(): RowList {
    const { first, end } = this.figures();
    return this.#rows.slice(first - this.#base, end - this.#base);
  }

  /** Is everything that is held read, and in the order that was asked for? */
  get isSettled(): boolean {
    return this.next >= this.#store.end && (this.#paused || this.#sortAt === Infinity);
  }

  /** While paused it is not sorted, as every row then gets a new number; what was put off is done afterwards. */
  setPaused(paused: boolean): void {
    if (!paused) this.#pausedAt = Infinity;
    this.#paused = paused;
    this.#sorting = undefined;
    this.caughtUp();
  }

  /** Begins anew over what is held: what the selection admits has changed. */
  restart(): void {
    this.#replace(new RowList());
    this.#inOrder = true;
    this.#lastSecond = -Infinity;
    this.next = this.#store.first;
  }

  /** Once all that is held now has been read, brings it into the order of time; rows that move get new numbers. */
  sortByTime(): void {
    this.#sortAt = this.#store.end;
    this.#sorting = undefined;
    this.caughtUp();
  }

  /** Some rows were read: does what was put off until then. Many rows are sorted little by little, by {@link work}. */
  caughtUp(): void {
    if (this.#paused) {
      if (this.#pausedAt === Infinity && this.next >= this.#store.end) this.#pausedAt = this.figures().first;
      return;
    }
    if (this.next < this.#sortAt || this.#sortAt === Infinity || this.#sorting) return;
    if (this.#inOrder) {
      this.#sortAt = Infinity;
      return;
    }
    this.#trim();
    this.#sorting = {
      steps: timeOrderSteps(this.#store, this.#rows.slice(this.#head)),
      end: this.#base + this.#rows.length,
    };
    if (this.#rows.length - this.#head <= sortedAtOnce) this.work(Infinity);
  }

  /** Sorts for so long; answers whether something is left to do. */
  work(endsAt: number): boolean {
    this.caughtUp();
    while (this.#sorting) {
      const { steps, end } = this.#sorting;
      const step = steps.next();
      if (step.done === true) {
        this.#sorting = undefined;
        this.#sortAt = Infinity;
        if (step.value) this.#takeOrder(step.value, end);
        else this.#inOrder = end === this.#base + this.#rows.length;
      } else if (performance.now() >= endsAt) return true;
    }
    return false;
  }

  /** Rows that came while it was sorted come after it. */
  #takeOrder({ rows, lowest, notices }: TimeOrder, end: number): void {
    const numbers = [...notices];
    const came = this.#base + this.#rows.length - end;
    for (let number = end; number < end + came; number++) {
      const row = this.rowAt(number) ?? 0;
      if (this.#notices.at(this.#notices.countBefore(number)) === number) numbers.push(rows.length);
      rows.push(row);
    }
    const sorted = rows.length - came;
    this.#replace(rows, numbers);
    this.#sortedEnd = this.#base + sorted;
    this.#lowestSorted = lowest;
    this.#inOrder = came === 0;
  }

  /** Which of the rows are asked for: notices count for nothing, and show as far as flows do. */
  #wanted(): { readonly from: number; readonly until: number } {
    const { last, first } = this.selection.range ?? {};
    const [head, end] = [this.#head, this.#rows.length];
    if ((last ?? first ?? Infinity) >= end - head) return { from: head, until: end };
    const key = `${this.#store.first} ${this.#base} ${head} ${end} ${this.#pausedAt}`;
    if (key === this.#lastWanted.key) return this.#lastWanted;
    let [from, until] = [head, end];
    if (last !== undefined) {
      const paused = Math.max(head, this.#pausedAt - this.#base);
      from = Math.min(paused, this.#placeOfLast(last) ?? head);
    } else if (first !== undefined) {
      until = (this.#placeOfFirst(first) ?? end - 1) + 1;
    }
    this.#lastWanted = { key, from, until };
    return this.#lastWanted;
  }

  /** Where the flow of this number is, counted from the end. Where all rows are held, only the notices are counted. */
  #placeOfLast(flow: number): number | undefined {
    const [start, end] = [this.#heldFrom(), this.#rows.length];
    const held = this.#flowsBetween(start, end);
    if (held >= flow) {
      let [low, high] = [start, end - 1];
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (this.#flowsBetween(middle, end) >= flow) low = middle;
        else high = middle - 1;
      }
      return low;
    }
    let left = flow - held;
    for (let at = start - 1; at >= this.#head; at--) {
      if (this.#isFlow(this.#rows.at(at) ?? 0)) left -= 1;
      if (left === 0) return at;
    }
    return undefined;
  }

  /** As {@link #placeOfLast}, counted from the beginning. */
  #placeOfFirst(flow: number): number | undefined {
    const [start, end] = [this.#heldFrom(), this.#rows.length];
    let left = flow;
    for (let at = this.#head; at < start; at++) {
      if (this.#isFlow(this.#rows.at(at) ?? 0)) left -= 1;
      if (left === 0) return at;
    }
    if (this.#flowsBetween(start, end) < left) return undefined;
    let [low, high] = [start, end - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#flowsBetween(start, middle + 1) >= left) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** From here on all rows are held. */
  #heldFrom(): number {
    if (this.#store.first <= this.#lowestSorted) return this.#head;
    return Math.max(this.#head, this.#sortedEnd - this.#base);
  }

  #flowsBetween(from: number, until: number): number {
    const notices = this.#notices;
    return until - from - notices.countBefore(this.#base + until) + notices.countBefore(this.#base + from);
  }

  /** Is it held still, and no notice? */
  #isFlow(row: number): boolean {
    return row >= this.#store.first && this.#store.columns.kind[this.#store.slotOf(row)] !== 2;
  }

  #trim(): void {
    const first = this.#store.first;
    const before = this.#head;
    while (this.#head < this.#rows.length && (this.#rows.at(this.#head) ?? 0) < first) this.#head += 1;
    if (this.#head === before) return;
    const notices = this.#notices.countBefore(this.#base + this.#head);
    if (notices > 0) this.#notices.dropFirst(notices);
    if (this.#head > 1024 && this.#head > this.#rows.length / 2) {
      this.#rows.dropFirst(this.#head);
      this.#base += this.#head;
      this.#head = 0;
    }
  }

  /** `notices` are where in the rows those are. */
  #replace(rows: RowList, notices: readonly number[] = []): void {
    this.#sorting = undefined;
    this.#pausedAt = Infinity;
    this.#base += this.#rows.length;
    this.#sortedEnd = this.#base;
    this.#rows = rows;
    this.#head = 0;
    this.#notices = new RowList();
    for (const index of notices) this.#notices.push(this.#base + index);
  }
}
