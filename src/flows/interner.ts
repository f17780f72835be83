/** Numbers equal values: each distinct key gets one small number, from 1 upwards; 0 stands for "absent". */
export class Interner<T> {
  readonly #numbers = new Map<string, number>();
  readonly #values: (T | undefined)[] = [undefined];

  /** How many numbers are given out, the absent one included. */
  get size(): number {
    return this.#values.length;
  }

  /** The number of the value with this key; `make` is called for a key that is new. */
  intern(key: string, make: () => T): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.length;
    this.#values.push(make());
    this.#numbers.set(key, number);
    return number;
  }

  /** The number of a key that was interned before, else 0. */
  numberOf(key: string): number {
    return this.#numbers.get(key) ?? 0;
  }

  /** The value behind a number; `undefined` for 0 and for numbers never given out. */
  get(number: number): T | undefined {
    return this.#values[number];
  }

  /**
   * Forgets every value whose number is not in `used` and renumbers the rest.
   * Answers the new number for each old one (0 where it was forgotten).
   */
  compact(used: Uint8Array): Uint32Array {
    const renumbered = new Uint32Array(this.#values.length);
    const keys = [...this.#numbers.entries()];
    const old = [...this.#values];
    this.#numbers.clear();
    this.#values.length = 1;
    for (const [key, number] of keys) {
      if (used[number] !== 1) continue;
      renumbered[number] = this.#values.length;
      this.#numbers.set(key, this.#values.length);
      this.#values.push(old[number]);
    }
    return renumbered;
  }
}
