/** The middle one of the numbers; of an even count the upper of the two, of none `NaN`. */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** The median of what two series of rounds come to, round by round: a busy machine slows both sides of one round alike. */
export function medianRatio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? NaN)));
}
