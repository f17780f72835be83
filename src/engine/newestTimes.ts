/** The newest of the times (ms since 1970) that were told of each node; telling one costs a comparison. */
export class NewestTimes {
  #times = new Float64Array(64).fill(-Infinity);

  /** What was told of a node, by its number; `-Infinity`: nothing. */
  of(node: number): number {
    return this.#times[node] ?? -Infinity;
  }

  saw(node: number, timeMs: number): void {
    if (node >= this.#times.length) this.#widen(node);
    if (timeMs > (this.#times[node] ?? 0)) this.#times[node] = timeMs;
  }

  /** Hands over what was told since the last time, and forgets it. */
  drain(each: (node: number, timeMs: number) => void): void {
    for (const [node, timeMs] of this.#times.entries()) {
      if (timeMs === -Infinity) continue;
      this.#times[node] = -Infinity;
      each(node, timeMs);
    }
  }

  clear(): void {
    this.#times.fill(-Infinity);
  }

  #widen(node: number): void {
    const wider = new Float64Array(Math.max(node + 1, this.#times.length * 2)).fill(-Infinity);
    wider.set(this.#times);
    this.#times = wider;
  }
}
