/**
 * Random numbers that a seed decides: the same seed gives the same numbers in the same order on every machine
 * (the generator "sfc32", 128 bits of state). Not for secrets.
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.trunc(seed / 2 ** 32) | 0;
    this.#c = 0x2545f491;
    // The first numbers still show the seed.
    for (let round = 0; round < 12; round++) this.uint32();
  }

  /** An integer from 0 to 2³² - 1. */
  uint32(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number from 0 up to, but not, 1. */
  fraction(): number {
    return this.uint32() / 2 ** 32;
  }

  /** A number from `low` up to, but not, `high`. */
  between(low: number, high: number): number {
    return low + this.fraction() * (high - low);
  }

  /** An integer from `low` to `high`, both included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.fraction() * (high - low + 1));
  }

  /** Is this one of the so many in a hundred? */
  percent(chance: number): boolean {
    return this.fraction() * 100 < chance;
  }

  /** One of the items; the list must not be empty. */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.fraction() * items.length)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  /** A duration as services have them: half are below the median, few are far above it (spread 1: one in 40 is over 7 times). */
  duration(median: number, spread: number): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.fraction()));
    return median * Math.exp(spread * radius * Math.cos(2 * Math.PI * this.fraction()));
  }

  /** A version 4 UUID. */
  uuid(): string {
    const a = this.uint32();
    const b = (this.uint32() & 0xffff0fff) | 0x00004000;
    const c = (this.uint32() & 0x3fffffff) | 0x80000000;
    const d = this.uint32();
    return `${hex4(a >>> 16)}${hex4(a)}-${hex4(b >>> 16)}-${hex4(b)}-${hex4(c >>> 16)}-${hex4(c)}${hex4(d >>> 16)}${hex4(d)}`;
  }
}

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The lower 16 bits in four digits. */
function hex4(value: number): string {
  return `${hexOfByte[(value >>> 8) & 0xff] ?? ""}${hexOfByte[value & 0xff] ?? ""}`;
}
