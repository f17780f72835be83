/** Rules by their number in an index, as a set of bits: the same words mean the same rules everywhere in that index. */
export type RuleBits = Uint32Array<ArrayBuffer>;

/** Rules that fit, and rules of which it is open; no rule need be asked that is in neither. */
export interface RuleSet {
  readonly yes: RuleBits;
  /** Both together. */
  readonly may: RuleBits;
  /** Which words of both together hold any rule. */
  readonly words: readonly number[];
}

/** Rules that fit, and those that may; `may` holds `yes` too. */
export function ruleSetOf(yes: RuleBits, may: RuleBits): RuleSet {
  const words: number[] = [];
  for (const [word, bits] of may.entries()) if (bits !== 0) words.push(word);
  return { yes, may, words };
}

/** No rule of so many. */
export function emptyBits(ruleCount: number): RuleBits {
  return new Uint32Array(Math.ceil(ruleCount / 32));
}

/** Puts a rule into a set. */
export function addBit(bits: RuleBits, number: number): void {
  bits[number >>> 5] = (bits[number >>> 5] ?? 0) | (1 << (number & 31));
}

/** Is a rule in a set? */
export function hasBit(bits: RuleBits, number: number): boolean {
  return (((bits[number >>> 5] ?? 0) >>> (number & 31)) & 1) === 1;
}
