import type { FlowStore } from "../flows/flowStore.ts";

/** With more texts than this, those that the store has forgotten are forgotten here. */
const maxNumbers = 1 << 17;

/** Numbers texts of a store so that they outlive its renumbering: equal texts keep their number. */
export class StableNumbers {
  readonly #store: FlowStore;
  readonly #numbers = new Map<string, number>();
  /** The store's number → ours; 0 is not known yet. */
  #byStoreNumber = new Uint32Array(1024);
  #next = 1;

  constructor(store: FlowStore) {
    this.#store = store;
  }

  /** Our number of a text of the store's; 0 stays 0. */
  of(storeNumber: number): number {
    if (storeNumber === 0) return 0;
    if (storeNumber >= this.#byStoreNumber.length) this.#widen(storeNumber);
    const known = this.#byStoreNumber[storeNumber] ?? 0;
    return known === 0 ? this.#learn(storeNumber) : known;
  }

  /** The store's numbers have changed their meaning. */
  renumber(): void {
    this.#byStoreNumber.fill(0);
    if (this.#numbers.size <= maxNumbers) return;
    // Numbers are never given out twice: a text that comes again gets a new one.
    for (const text of this.#numbers.keys()) {
      if (this.#store.strings.numberOf(text) === 0) this.#numbers.delete(text);
    }
  }

  #learn(storeNumber: number): number {
    const text = this.#store.strings.get(storeNumber) ?? "";
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#next++;
      this.#numbers.set(text, number);
    }
    this.#byStoreNumber[storeNumber] = number;
    return number;
  }

  #widen(storeNumber: number): void {
    const wider = new Uint32Array(Math.max(storeNumber + 1, this.#byStoreNumber.length * 2));
    wider.set(this.#byStoreNumber);
    this.#byStoreNumber = wider;
  }
}
