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
 * The hash (32 bits, signed) of all bytes from `start` to `end` of a view. Words are read little-endian, unaligned. Two
 * lanes, as a multiplication waits for the one before it; each word is multiplied twice with a turn between, so that no
 * change of two words cancels out whatever the seed.
 */
export function hashBytes(view: DataView, start: number, end: number, seed: HashSeed): number {
  const { first, second } = seed;
  let even = seed.start ^ (end - start);
  let odd = ~seed.start;
  let at = start;
  for (; at + 8 <= end; at += 8) {
    even = mixWord(even ^ view.getInt32(at, true), first, second);
    odd = mixWord(odd ^ view.getInt32(at + 4, true), second, first);
  }
  if (at + 4 <= end) {
    even = mixWord(even ^ view.getInt32(at, true), first, second);
    at += 4;
  }
  for (; at < end; at++) odd = mixWord(odd ^ view.getUint8(at), second, first);
  return mixWord(even ^ mixWord(odd, first, second), second, first);
}

/** Mixes one word so that each of its bits bears on all, with two odd multipliers. */
export function mixWord(word: number, first: number, second: number): number {
  const turned = Math.imul(word, first);
  const mixed = Math.imul((turned << 15) | (turned >>> 17), second);
  return (mixed << 13) | (mixed >>> 19);
}
