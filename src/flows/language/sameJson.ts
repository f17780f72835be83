/** Are two values of JSON the same, whatever the order of their keys? A key without a value is none. */
export function sameJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const [ours, theirs] = [entriesOf(one), entriesOf(other)];
  if (ours.size !== theirs.size) return false;
  for (const [key, value] of ours) if (!theirs.has(key) || !sameJson(value, theirs.get(key))) return false;
  return true;
}

function entriesOf(value: object): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(value).filter(([, each]) => each !== undefined));
}
