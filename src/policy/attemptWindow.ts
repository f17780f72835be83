import { NumberTupleMap } from "./numberTupleMap.ts";

/** Events of one connection attempt come this close to each other (milliseconds): see {@link AttemptWindow}. */
const windowMs = 60_000;
const firstLimit = 1 << 16;

/** How an attempt ended, as far as folding is concerned. */
export type AttemptClass = "allowed" | "denied" | "audited" | "auth-required";

const classNumbers: Readonly<Record<AttemptClass, number>> = {
  allowed: 0,
  denied: 1,
  audited: 2,
  "auth-required": 3,
};

/** What makes two events the same attempt; ports are 0 where the protocol has none, addresses numbers of one's own. */
export interface AttemptKey {
  direction: number;
  subject: number;
  peer: number;
  sourcePort: number;
  destinationPort: number;
  protocol: number;
}

/**
 * Folds retransmissions: an event within 60 s of another with the same key and class belongs to the same attempt, and
 * moves the window along. Allocates nothing for an attempt that is known.
 */
export class AttemptWindow {
  readonly #tuple = new Uint32Array(5);
  #attempts = new NumberTupleMap(5);
  #last = new Float64Array(256);
  #limit = firstLimit;
  #newest = 0;

  /** Is this event, at that many milliseconds after a moment of the caller's, the first of its attempt? */
  begins(key: Readonly<AttemptKey>, attemptClass: AttemptClass, at: number): boolean {
    const tuple = this.#tuple;
    tuple[0] = (key.protocol << 4) | (key.direction << 2) | classNumbers[attemptClass];
    tuple[1] = key.subject;
    tuple[2] = key.peer;
    tuple[3] = key.sourcePort;
    tuple[4] = key.destinationPort;
    if (at > this.#newest) this.#newest = at;
    const known = this.#attempts.find(tuple);
    if (known !== -1) {
      const last = this.#last[known] ?? 0;
      if (at > last) this.#last[known] = at;
      return Math.abs(at - last) > windowMs;
    }
    if (this.#attempts.size >= this.#limit) this.#forgetOld();
    this.#add(tuple, at);
    return true;
  }

  /** Forgets what no event to come can belong to; doubles the room when that is not enough. */
  #forgetOld(): void {
    const old = this.#attempts;
    const oldLast = this.#last;
    const tuple = new Uint32Array(5);
    const kept: number[] = [];
    for (let number = 0; number < old.size; number++) {
      if ((oldLast[number] ?? 0) >= this.#newest - windowMs) kept.push(number);
    }
    this.#limit = Math.max(firstLimit, kept.length * 2);
    this.#attempts = new NumberTupleMap(5);
    this.#last = new Float64Array(256);
    for (const number of kept) {
      for (let index = 0; index < 5; index++) tuple[index] = old.wordAt(number, index);
      this.#add(tuple, oldLast[number] ?? 0);
    }
  }

  #add(tuple: Uint32Array, at: number): void {
    const number = this.#attempts.add(tuple);
    if (number >= this.#last.length) {
      const longer = new Float64Array(this.#last.length * 2);
      longer.set(this.#last);
      this.#last = longer;
    }
    this.#last[number] = at;
  }
}
