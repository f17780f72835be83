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
  #lastMs = new Float64Array(firstLimit);
  #limit = firstLimit;
  #newestMs = 0;

  /** Is this event the first of its attempt? */
  begins(key: Readonly<AttemptKey>, attemptClass: AttemptClass, ms: number): boolean {
    const tuple = this.#tuple;
    tuple[0] = (key.protocol << 4) | (key.direction << 2) | classNumbers[attemptClass];
    tuple[1] = key.subject;
    tuple[2] = key.peer;
    tuple[3] = key.sourcePort;
    tuple[4] = key.destinationPort;
    if (ms > this.#newestMs) this.#newestMs = ms;
    const known = this.#attempts.find(tuple);
    if (known !== -1) {
      const last = this.#lastMs[known] ?? 0;
      if (ms > last) this.#lastMs[known] = ms;
      return Math.abs(ms - last) > windowMs;
    }
    if (this.#attempts.size >= this.#limit) this.#forgetOld();
    const number = this.#attempts.add(tuple);
    this.#lastMs[number] = ms;
    return true;
  }

  /** Forgets what no event to come can belong to; doubles the room when that is not enough. */
  #forgetOld(): void {
    const old = this.#attempts;
    const oldLast = this.#lastMs;
    const tuple = new Uint32Array(5);
    const kept: number[] = [];
    for (let number = 0; number < old.size; number++) {
      if ((oldLast[number] ?? 0) >= this.#newestMs - windowMs) kept.push(number);
    }
    this.#limit = Math.max(firstLimit, kept.length * 2);
    this.#attempts = new NumberTupleMap(5);
    this.#lastMs = new Float64Array(this.#limit);
    for (const number of kept) {
      for (let index = 0; index < 5; index++) tuple[index] = old.wordAt(number, index);
      this.#lastMs[this.#attempts.add(tuple)] = oldLast[number] ?? 0;
    }
  }
}
