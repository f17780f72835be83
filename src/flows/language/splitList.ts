/**
 * Splits a value of a flag that takes a list with commas, as one line of CSV: a part in double quotes may hold commas,
 * and a doubled quote is one. An empty value is an empty list.
 */
export function splitList(value: string): readonly string[] {
  if (value === "") return [];
  return [...value.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain = ""]) => quoted?.replaceAll('""', '"') ?? plain,
  );
}
