import { type Verdict, verdicts } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";

const dropped = verdicts.indexOf("DROPPED" satisfies Verdict);

/** Figures about the rows that a store holds, kept as they come and go. */
export class HeldFigures {
  readonly #store: FlowStore;
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
  }

  /** Called for each row that the store is about to drop. */
  removed(row: number): void {
    this.#count(row, -1);
  }

  /** When the oldest and the newest flow held happened, in ms since 1970; `null` when none is held. Looks at each. */
  timeSpan(): { readonly oldestMs: number | null; readonly newestMs: number | null } {
    if (this.#flows === 0) return { oldestMs: null, newestMs: null };
    const { first, end } = this.#store;
    const { kind, seconds, nanos } = this.#store.columns;
    let oldestMs = Infinity;
    let newestMs = -Infinity;
    let slot = this.#store.slotOf(first);
    for (let left = end - first; left > 0; left--) {
      if (kind[slot] === 1) {
        const ms = (seconds[slot] ?? 0) * 1000 + (nanos[slot] ?? 0) / 1e6;
        if (ms < oldestMs) oldestMs = ms;
        if (ms > newestMs) newestMs = ms;
      }
      slot = slot + 1 === kind.length ? 0 : slot + 1;
    }
    return { oldestMs, newestMs };
  }

  #count(row: number, by: 1 | -1): void {
    const slot = this.#store.slotOf(row);
    const columns = this.#store.columns;
    if (columns.kind[slot] !== 1) return;
    this.#flows += by;
    if (columns.verdict[slot] === dropped) this.#denied += by;
  }
}
