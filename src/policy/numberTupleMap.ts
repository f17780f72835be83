/**
 * Numbers tuples of unsigned 32-bit words, from 0 upwards in the order of their coming; looking one up allocates nothing.
 * The hash is over all words and seeded at random: nobody can choose words that fall upon each other.
 */
export class NumberTupleMap {
  readonly #width: number;
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  /** Slot → number + 1, 0 is free; at most half full, its length a power of two. */
  #slots = new Uint32Array(256);
  #words: Uint32Array;
  #size = 0;

  constructor(width: number) {
    this.#width = width;
    this.#words = new Uint32Array(128 * width);
  }

  get size(): number {
    return this.#size;
  }

  /** The number of a tuple, or -1 when it is new. */
  find(tuple: Uint32Array): number {
    return (this.#slots[this.#slotOf(tuple, 0)] ?? 0) - 1;
  }

  /** Adds a tuple that is new and answers its number. */
  add(tuple: Uint32Array): number {
    if ((this.#size + 1) * 2 > this.#slots.length) this.#grow();
    const number = this.#size;
    this.#slots[this.#slotOf(tuple, 0)] = number + 1;
    for (let index = 0; index < this.#width; index++) {
      this.#words[number * this.#width + index] = tuple[index] ?? 0;
    }
    this.#size += 1;
    return number;
  }

  /** One word of a tuple that was added. */
  wordAt(number: number, index: number): number {
    return this.#words[number * this.#width + index] ?? 0;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  /** The slot that holds the tuple which starts at `from`, or the free one where it belongs. */
  #slotOf(tuple: Uint32Array, from: number): number {
    const slots = this.#slots;
    const words = this.#words;
    const width = this.#width;
    const mask = slots.length - 1;
    let hash = this.#seed;
    for (let index = from; index < from + width; index++) {
      hash = Math.imul(hash ^ (tuple[index] ?? 0), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const held = slots[slot] ?? 0;
      if (held === 0) return slot;
      const at = (held - 1) * width;
      let index = 0;
      while (index < width && words[at + index] === tuple[from + index]) index++;
      if (index === width) return slot;
    }
  }

  #grow(): void {
    const words = new Uint32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
    this.#slots = new Uint32Array(this.#slots.length * 2);
    for (let number = 0; number < this.#size; number++) {
      this.#slots[this.#slotOf(words, number * this.#width)] = number + 1;
    }
  }
}
