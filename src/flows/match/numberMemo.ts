import type { FlowStore } from "../flowStore.ts";

/** Remembers a yes or no for each number of a store's dictionary, until the dictionary renumbers. */
export class NumberMemo {
  readonly #store: FlowStore;
  readonly #judge: (number: number) => boolean;
  #generation: number;
  /** 0 not asked yet, 1 no, 2 yes. */
  #answers = new Uint8Array(256);

  constructor(store: FlowStore, judge: (number: number) => boolean) {
    this.#store = store;
    this.#judge = judge;
    this.#generation = store.generation;
  }

  answer(number: number): boolean {
    if (this.#generation !== this.#store.generation) {
      this.#generation = this.#store.generation;
      this.#answers.fill(0);
    }
    if (number >= this.#answers.length) this.#grow(number);
    const known = this.#answers[number] ?? 0;
    if (known !== 0) return known === 2;
    const holds = this.#judge(number);
    this.#answers[number] = holds ? 2 : 1;
    return holds;
  }

  #grow(number: number): void {
    const longer = new Uint8Array(Math.max(number + 1, this.#answers.length * 2));
    longer.set(this.#answers);
    this.#answers = longer;
  }
}
