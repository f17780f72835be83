/**
 * Those of the items whose name matches what is written, whatever the case: first those that begin with it, then those of
 * which a part after a dash, colon, slash or underscore does. Nothing written: all, in their order.
 */
export function rankMatches<T>(
  items: readonly T[],
  written: string,
  nameOf: (item: T) => string,
): readonly T[] {
  const wanted = written.toLowerCase();
  const begins: T[] = [];
  const has: T[] = [];
  for (const item of items) {
    const name = nameOf(item).toLowerCase();
    if (name.startsWith(wanted)) begins.push(item);
    else if (["-", ":", "/", "_"].some((mark) => name.includes(mark + wanted))) has.push(item);
  }
  return [...begins, ...has];
}
