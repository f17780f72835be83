/** A word as a POSIX shell needs it written so that it is passed on as it is; plain words stay plain. */
export function quoteWord(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
