import type { Dictionary } from "../flows/dictionary.ts";

/**
 * Texts of one message that are numbered as one, with a character between them. One that is alone is not copied. Holds on
 * to no more memory than the largest message has taken.
 */
export class JoinedText {
  readonly #between: number;
  #count = 0;
  #start = 0;
  #stop = 0;
  #joined = new Uint8Array(256);
  #length = 0;

  /** `between` is the character's code, below 128. */
  constructor(between: number) {
    this.#between = between;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Adds the text that lies there. */
  add(bytes: Uint8Array, start: number, stop: number): void {
    this.#count += 1;
    if (this.#count === 1) {
      this.#start = start;
      this.#stop = stop;
      return;
    }
    if (this.#count === 2) {
      this.#length = 0;
      this.#append(bytes, this.#start, this.#stop);
    }
    this.#makeRoom(1);
    this.#joined[this.#length++] = this.#between;
    this.#append(bytes, start, stop);
  }

  /** Its number; 0 when nothing was added, or but an empty text. `bytes` are those that were added from. */
  intern(strings: Dictionary<string>, bytes: Uint8Array): number {
    if (this.#count > 1) return strings.intern(this.#joined, 0, this.#length);
    if (this.#count === 0 || this.#start === this.#stop) return 0;
    return strings.intern(bytes, this.#start, this.#stop);
  }

  #append(bytes: Uint8Array, start: number, stop: number): void {
    const joined = this.#makeRoom(stop - start);
    let at = this.#length;
    for (let index = start; index < stop; index++) joined[at++] = bytes[index] ?? 0;
    this.#length = at;
  }

  #makeRoom(count: number): Uint8Array {
    if (this.#length + count > this.#joined.length) {
      const larger = new Uint8Array(2 * (this.#length + count));
      larger.set(this.#joined.subarray(0, this.#length));
      this.#joined = larger;
    }
    return this.#joined;
  }
}
