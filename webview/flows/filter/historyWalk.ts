/** Walks from what is being written through the filters that were used, and back. */
export class HistoryWalk {
  #entries: readonly string[] = [];
  /** -1: at what is being written. */
  #at = -1;
  #draft = "";

  /** Begins at what is being written: `entries` are older, the newest first. */
  begin(entries: readonly string[]): void {
    this.#entries = entries;
    this.#at = -1;
  }

  /** Is an older filter shown? */
  get away(): boolean {
    return this.#at >= 0;
  }

  /** One further back; `undefined` at the oldest. Skips what is shown already. */
  older(shown: string): string | undefined {
    if (this.#at === -1) this.#draft = shown;
    let next = this.#at + 1;
    while (this.#entries[next] === shown) next += 1;
    const found = this.#entries[next];
    if (found !== undefined) this.#at = next;
    return found;
  }

  /** One further forward, at last what was being written; `undefined` there. */
  newer(): string | undefined {
    if (this.#at === -1) return undefined;
    this.#at -= 1;
    return this.#at === -1 ? this.#draft : this.#entries[this.#at];
  }
}
