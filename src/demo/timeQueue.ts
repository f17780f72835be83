/** Gives values back in the order of their times; of equal times, in the order in which they came. */
export class TimeQueue<T> {
  readonly #heap: Entry<T>[] = [];
  #added = 0;

  add(at: number, value: T): void {
    const entry = { at, order: this.#added, value };
    this.#added += 1;
    let hole = this.#heap.push(entry) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = this.#heap[parent];
      if (!above || isBefore(above, entry)) break;
      this.#heap[hole] = above;
      hole = parent;
    }
    this.#heap[hole] = entry;
  }

  /** Takes the first value out, if its time is before `before`. */
  next(before: number): { readonly at: number; readonly value: T } | undefined {
    const first = this.#heap[0];
    if (!first || first.at >= before) return undefined;
    const last = this.#heap.pop();
    if (last && last !== first) this.#sink(last);
    return first;
  }

  #sink(entry: Entry<T>): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      const left = 2 * hole + 1;
      const one = heap[left];
      const other = heap[left + 1];
      const [child, at] = one && other && isBefore(other, one) ? [other, left + 1] : [one, left];
      if (!child || isBefore(entry, child)) break;
      heap[hole] = child;
      hole = at;
    }
    heap[hole] = entry;
  }
}

interface Entry<T> {
  readonly at: number;
  readonly order: number;
  readonly value: T;
}

function isBefore<T>(one: Entry<T>, other: Entry<T>): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
