/**
 * The secret of a hash: without it nobody can choose keys that fall together. The multipliers are odd.
 */
export interface HashSeed {
  readonly start: number;
  readonly first: number;
  readonly second: number;
}

/** A seed that nobody outside this process knows. */
export function randomHashSeed(): HashSeed {
  const word = () => Math.floor(Math.random() * 0x1_0000_0000) | 0;
  return { start: word(), first: word() | 1, second: word() | 1 };
}

/**
 * The hash (32 bits, signed) of all bytes from `start` to `end` of a view. Words are read little-endian, unaligned, in four
 * lanes, as a multiplication waits for the one before it. Each word is multiplied twice with a turn between, so that there
 * are no changes of two words that cancel out whatever the seed.
 */
export function hashBytes(view: DataView, start: number, end: number, seed: HashSeed): number {
  const { first, second } = seed;
  let a = seed.start;
  let b = ~a;
  let c = end - start;
  let d = ~c;
  let at = start;
  for (const last = end - 16; at <= last; at += 16) {
    a = mixWord(a ^ view.getInt32(at, true), first, second);
    b = mixWord(b ^ view.getInt32(at + 4, true), second, first);
    c = mixWord(c ^ view.getInt32(at + 8, true), first, second);
    d = mixWord(d ^ view.getInt32(at + 12, true), second, first);
  }
  for (; at + 4 <= end; at += 4) a = mixWord(a ^ view.getInt32(at, true), second, first);
  for (; at < end; at++) b = mixWord(b ^ view.getUint8(at), first, second);
  const mixed = mixWord(
    a ^ mixWord(b ^ mixWord(c ^ mixWord(d, first, second), second, first), first, second),
    second,
    first,
  );
  return mixed ^ (mixed >>> 15);
}

/** How much of the end of a key tells it from others mostly: in an endpoint's lie the names of the pod and its workload. */
const endBytes = 96;

/** A hash like {@link hashBytes}, of the length, the first eight bytes and the last 96 only. There must be so many. */
export function hashEnds(view: DataView, start: number, end: number, seed: HashSeed): number {
  const { first, second } = seed;
  const head = mixWord(
    mixWord((end - start) ^ view.getInt32(start, true), first, second) ^ view.getInt32(start + 4, true),
    second,
    first,
  );
  const mixed = mixWord(head ^ hashBytes(view, end - endBytes, end, seed), first, second);
  return mixed ^ (mixed >>> 15);
}

/** Mixes one word with two odd multipliers; the bits of a hash that choose a place are the low ones. */
export function mixWord(word: number, first: number, second: number): number {
  const once = Math.imul(word, first);
  return Math.imul((once << 15) | (once >>> 17), second);
}
