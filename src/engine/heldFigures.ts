import { type Verdict, verdicts } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";

const dropped = verdicts.indexOf("DROPPED" satisfies Verdict);

/** When the flows of a stretch of rows happened, in ms since 1970. */
interface TimeSpan {
  oldestMs: number;
  newestMs: number;
}

/** Rows in a stretch. */
const stretchRows = 1024;

/** Figures about the rows that a store holds, kept as they come and go. */
export class HeldFigures {
  readonly #store: FlowStore;
  /** Of each stretch, by its rows divided by their number: when the flows in it happened, those too that are dropped by now. */
  readonly #spans = new Map<number, TimeSpan>();
  #newest = -1;
  #newestSpan: TimeSpan = { oldestMs: Infinity, newestMs: -Infinity };
  #flows = 0;
  #denied = 0;

  constructor(store: FlowStore) {
    this.#store = store;
  }

  /** Flows held, without the notices among them. */
  get flows(): number {
    return this.#flows;
  }

  /** Of them, those with the verdict `DROPPED`. */
  get denied(): number {
    return this.#denied;
  }

  /** Called for each row that the store got. */
  added(row: number): void {
    this.#count(row, 1);
    const stretch = Math.floor(row / stretchRows);
    if (stretch !== this.#newest) {
      this.#newest = stretch;
      this.#newestSpan = { oldestMs: Infinity, newestMs: -Infinity };
      this.#spans.set(stretch, this.#newestSpan);
    }
    this.#widen(this.#newestSpan, row);
  }

  /** Called for each row that the store is about to drop. */
  removed(row: number): void {
    this.#count(row, -1);
    if ((row + 1) % stretchRows === 0) this.#spans.delete(Math.floor(row / stretchRows));
  }

  /** The store is about to drop all rows. */
  clear(): void {
    this.#flows = 0;
    this.#denied = 0;
    this.#spans.clear();
    this.#newest = -1;
  }

  /** When the oldest and the newest flow held happened, in ms since 1970; `null` when none is held. */
  timeSpan(): { readonly oldestMs: number | null; readonly newestMs: number | null } {
    if (this.#flows === 0) return { oldestMs: null, newestMs: null };
    const { first, end } = this.#store;
    const whole = { oldestMs: Infinity, newestMs: -Infinity };
    // Of the first stretch some rows may be gone.
    const begun = Math.floor(first / stretchRows);
    const others = Math.min(end, (begun + 1) * stretchRows);
    for (let row = first; row < others; row++) this.#widen(whole, row);
    for (const [stretch, { oldestMs, newestMs }] of this.#spans) {
      if (stretch === begun) continue;
      whole.oldestMs = Math.min(whole.oldestMs, oldestMs);
      whole.newestMs = Math.max(whole.newestMs, newestMs);
    }
    return whole;
  }

  /** Makes a span include the flow of a row. */
  #widen(span: TimeSpan, row: number): void {
    const slot = this.#store.slotOf(row);
    const { kind, seconds, nanos } = this.#store.columns;
    if (kind[slot] !== 1) return;
    const ms = (seconds[slot] ?? 0) * 1000 + (nanos[slot] ?? 0) / 1e6;
    if (ms < span.oldestMs) span.oldestMs = ms;
    if (ms > span.newestMs) span.newestMs = ms;
  }

  #count(row: number, by: 1 | -1): void {
    const slot = this.#store.slotOf(row);
    const columns = this.#store.columns;
    if (columns.kind[slot] !== 1) return;
    this.#flows += by;
    if (columns.verdict[slot] === dropped) this.#denied += by;
  }
}
