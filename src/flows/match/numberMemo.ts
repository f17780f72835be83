import type { FlowStore } from "../flowStore.ts";

/** The dictionaries of a store, by name. */
export type DictionaryName = "strings" | "endpoints" | "l7Records" | "attributions";

/** Remembers a yes or no for each number of a dictionary of a store, until the store renumbers. */
export class NumberMemo {
  readonly #store: FlowStore;
  readonly #dictionary: DictionaryName;
  readonly #judge: (number: number) => boolean;
  #generation: number;
  #answers = new Uint8Array(256);

  constructor(store: FlowStore, dictionary: DictionaryName, judge: (number: number) => boolean) {
    this.#store = store;
    this.#dictionary = dictionary;
    this.#judge = judge;
    this.#generation = store.generation;
  }

  answer(number: number): boolean {
    return ((this.known()[number] ?? 0) || this.judge(number)) === 2;
  }

  /** What is known of each number: 0 not asked yet, 1 no, 2 yes. Holds until the next append. */
  known(): Uint8Array {
    if (this.#generation !== this.#store.generation) {
      this.#generation = this.#store.generation;
      this.#answers.fill(0);
    }
    const { size } = this.#store[this.#dictionary];
    if (size > this.#answers.length) {
      const longer = new Uint8Array(Math.max(size, this.#answers.length * 2));
      longer.set(this.#answers);
      this.#answers = longer;
    }
    return this.#answers;
  }

  /** Judges a number that is not known; answers 1 for no, 2 for yes. */
  judge(number: number): 1 | 2 {
    const answer = this.#judge(number) ? 2 : 1;
    this.#answers[number] = answer;
    return answer;
  }
}
