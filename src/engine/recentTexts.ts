/** Remembers the texts that were added last: at least so many as it is made for, at most twice as many. */
export class RecentTexts {
  readonly #count: number;
  #young = new Set<string>();
  #old: ReadonlySet<string> = new Set();

  constructor(count: number) {
    this.#count = count;
  }

  /** Adds a text; answers whether it is new. */
  add(text: string): boolean {
    if (this.#young.has(text) || this.#old.has(text)) return false;
    if (this.#young.size >= this.#count) {
      this.#old = this.#young;
      this.#young = new Set();
    }
    this.#young.add(text);
    return true;
  }
}
