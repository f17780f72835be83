/** Events of one connection attempt come this close to each other (milliseconds): see {@link AttemptWindow}. */
const windowMs = 60_000;
const firstLimit = 1 << 16;
/**
 * Of each attempt 32 bytes, so that finding one costs one stretch of memory: the five words of {@link AttemptKey} that tell
 * it apart, packed into four; the row of its last event; its hash; the time of its last event, in two words.
 */
const width = 8;
const rowWord = 4;
const hashWord = 5;
/** Of the first word: something is held here. */
const held = 1 << 31;

/** What makes two events the same attempt; ports are 0 where the protocol has none, addresses numbers of one's own. */
export interface AttemptKey {
  direction: number;
  subject: number;
  peer: number;
  sourcePort: number;
  destinationPort: number;
  protocol: number;
  /** How the attempt ended, as far as folding is concerned: 0 to 3. */
  ending: number;
}

/**
 * Folds retransmissions: an event within 60 s of another with the same key belongs to the same attempt, and moves the
 * window along. Allocates nothing for an attempt that is known. The hash is seeded at random.
 */
export class AttemptWindow {
  readonly #seed = Math.floor(Math.random() * 2 ** 32);
  #words = new Uint32Array(256 * width);
  #times = new Float64Array(this.#words.buffer);
  #size = 0;
  #limit = firstLimit;
  #newest = -Infinity;

  /**
   * How many rows ago the attempt of an event had an event that this one continues; 0: it begins one. Rows only grow; `at`
   * is in milliseconds.
   */
  backOf(key: Readonly<AttemptKey>, row: number, at: number): number {
    const first = held | (key.protocol << 4) | (key.direction << 2) | key.ending;
    const ports = (key.sourcePort << 16) | key.destinationPort;
    const hash = this.#hashOf(first, key.subject, key.peer, ports);
    if (at > this.#newest) this.#newest = at;
    const words = this.#words;
    const mask = words.length / width - 1;
    let place = (hash & mask) * width;
    for (; words[place] !== 0; place = (place + width) & (words.length - 1)) {
      if (
        words[place] === first >>> 0 &&
        words[place + 1] === key.subject &&
        words[place + 2] === key.peer &&
        words[place + 3] === ports >>> 0
      )
        return this.#continue(place, row, at);
    }
    words[place] = first;
    words[place + 1] = key.subject;
    words[place + 2] = key.peer;
    words[place + 3] = ports;
    words[place + rowWord] = row;
    words[place + hashWord] = hash;
    this.#times[place / 2 + 3] = at;
    this.#size += 1;
    if (this.#size >= this.#limit) this.#forgetOld();
    else if (this.#size * 2 * width > words.length) this.#moveTo(words.length * 2, -Infinity);
    return 0;
  }

  #continue(place: number, row: number, at: number): number {
    const last = this.#times[place / 2 + 3] ?? 0;
    if (at > last) this.#times[place / 2 + 3] = at;
    const back = (row - (this.#words[place + rowWord] ?? 0)) >>> 0;
    this.#words[place + rowWord] = row;
    return Math.abs(at - last) > windowMs ? 0 : back;
  }

  /** Forgets what no event to come can belong to; makes room for twice as many when that is not enough. */
  #forgetOld(): void {
    const since = this.#newest - windowMs;
    let kept = 0;
    for (let place = 0; place < this.#words.length; place += width) {
      if (this.#words[place] !== 0 && (this.#times[place / 2 + 3] ?? 0) >= since) kept += 1;
    }
    this.#limit = Math.max(firstLimit, kept * 2);
    this.#moveTo(2 ** Math.ceil(Math.log2(this.#limit * 2 * width)), since);
  }

  /** Moves what is as new as that to a table of another length. */
  #moveTo(length: number, since: number): void {
    const words = new Uint32Array(length);
    const times = new Float64Array(words.buffer);
    this.#size = 0;
    for (let from = 0; from < this.#words.length; from += width) {
      const at = this.#times[from / 2 + 3] ?? 0;
      if (this.#words[from] === 0 || at < since) continue;
      let to = ((this.#words[from + hashWord] ?? 0) & (length / width - 1)) * width;
      while (words[to] !== 0) to = (to + width) & (length - 1);
      for (let index = 0; index <= hashWord; index++) words[to + index] = this.#words[from + index] ?? 0;
      times[to / 2 + 3] = at;
      this.#size += 1;
    }
    this.#words = words;
    this.#times = times;
  }

  #hashOf(first: number, subject: number, peer: number, ports: number): number {
    let hash = Math.imul(this.#seed ^ first, 0x9e3779b1);
    hash = Math.imul(hash ^ (hash >>> 15) ^ subject, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13) ^ peer, 0xc2b2ae35);
    hash = Math.imul(hash ^ (hash >>> 16) ^ ports, 0x9e3779b1);
    return (hash ^ (hash >>> 15)) >>> 0;
  }
}
