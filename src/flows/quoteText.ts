const short: Readonly<Record<string, string>> = {
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  '"': '\\"',
  "\\": "\\\\",
};

/** A text in double quotes as Go's `strconv.Quote` writes it: what cannot be printed is escaped. */
export function quoteText(text: string): string {
  const inner = text.replaceAll(
    /["\\]|(?! )[\p{C}\p{Z}]/gu,
    (character) => short[character] ?? codePointText(character.codePointAt(0) ?? 0),
  );
  return `"${inner}"`;
}

function codePointText(codePoint: number): string {
  const digits = codePoint.toString(16);
  if (codePoint < 0x80) return `\\x${digits.padStart(2, "0")}`;
  return codePoint <= 0xffff ? `\\u${digits.padStart(4, "0")}` : `\\U${digits.padStart(8, "0")}`;
}
