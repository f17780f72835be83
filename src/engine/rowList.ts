const longest = 2 ** 32;

/**
 * Rows of a store in some order, in four bytes each. Rows may be as large as numbers can be, as long as those that are
 * in it together lie within 2³² of each other.
 */
export class RowList {
  /** No row is before this one. */
  #base: number;
  #offsets: Uint32Array<ArrayBuffer>;
  #length: number;

  /** With the rows that come so long after `base`; the array becomes the list's own. */
  constructor(base = 0, offsets: Uint32Array<ArrayBuffer> = new Uint32Array(0)) {
    this.#base = base;
    this.#offsets = offsets;
    this.#length = offsets.length;
  }

  get length(): number {
    return this.#length;
  }

  at(index: number): number | undefined {
    return index >= 0 && index < this.#length ? this.#base + (this.#offsets[index] ?? 0) : undefined;
  }

  push(row: number): void {
    if (this.#length === 0) this.#base = row;
    if (row < this.#base || row - this.#base >= longest) this.#moveBase(row);
    if (this.#length === this.#offsets.length) {
      const longer = new Uint32Array(Math.max(64, this.#length * 2));
      longer.set(this.#offsets);
      this.#offsets = longer;
    }
    this.#offsets[this.#length++] = row - this.#base;
  }

  /** Lets go of so many rows at the beginning. */
  dropFirst(count: number): void {
    this.#offsets = this.#offsets.slice(count, this.#length);
    this.#length = this.#offsets.length;
  }

  /** A list of its own with the rows from one index up to another. */
  slice(from: number, until = this.#length): RowList {
    return new RowList(this.#base, this.#offsets.slice(from, Math.min(until, this.#length)));
  }

  /** How many of the rows, which must be in order, are before this one. */
  countBefore(row: number): number {
    let [low, high] = [0, this.#length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#base + (this.#offsets[middle] ?? 0) < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #moveBase(row: number): void {
    let first = row;
    for (let index = 0; index < this.#length; index++) first = Math.min(first, this.at(index) ?? first);
    for (let index = 0; index < this.#length; index++) {
      this.#offsets[index] = this.#base + (this.#offsets[index] ?? 0) - first;
    }
    this.#base = first;
  }
}
