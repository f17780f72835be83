import type { FlowRow } from "../../src/protocol/engine.ts";

const maxRows = 4000;

/** Keeps rows that were fetched, by their number in the view, and forgets those farthest from what is shown. */
export class RowCache {
  readonly #rows = new Map<number, FlowRow>();

  get size(): number {
    return this.#rows.size;
  }

  get(number: number): FlowRow | undefined {
    return this.#rows.get(number);
  }

  put(from: number, rows: readonly FlowRow[]): void {
    rows.forEach((row, index) => this.#rows.set(from + index, row));
  }

  clear(): void {
    this.#rows.clear();
  }

  /** The smallest stretch that covers all rows from `from` to `end - 1` that are not here; `undefined` when none is missing. */
  missing(from: number, end: number): { readonly from: number; readonly end: number } | undefined {
    let first = from;
    while (first < end && this.#rows.has(first)) first++;
    if (first >= end) return undefined;
    let last = end - 1;
    while (this.#rows.has(last)) last--;
    return { from: first, end: last + 1 };
  }

  /** Forgets rows beyond the bound, those farthest from `around` first. */
  trim(around: number): void {
    if (this.#rows.size <= maxRows) return;
    const numbers = [...this.#rows.keys()].sort((a, b) => Math.abs(b - around) - Math.abs(a - around));
    for (const number of numbers.slice(0, numbers.length - maxRows / 2)) this.#rows.delete(number);
  }
}
