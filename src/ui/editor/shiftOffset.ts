/** One replacement in a text, in UTF-16 offsets of the text before it. */
export interface TextChange {
  readonly rangeOffset: number;
  readonly rangeLength: number;
  readonly text: string;
}

/** Where an offset of an older text lies after the given replacements, which happened one after the other. */
export function shiftOffset(offset: number, changes: readonly TextChange[]): number {
  let shifted = offset;
  for (const { rangeOffset, rangeLength, text } of changes) {
    if (shifted >= rangeOffset + rangeLength) shifted += text.length - rangeLength;
    // What was replaced around it was most likely replaced by something alike: it stays where it was.
    else if (shifted > rangeOffset) shifted = Math.min(shifted, rangeOffset + text.length);
  }
  return shifted;
}
