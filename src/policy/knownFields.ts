import type { YamlFields } from "./yamlValue.ts";

/**
 * Warns of fields that Cilium does not know: the API server drops them without a word, and a rule that loses a field
 * so (a misspelt `toPort`) admits more than it says.
 */
export function warnOfUnknownFields(fields: YamlFields, known: readonly string[]): void {
  for (const [name] of fields.all()) {
    if (known.includes(name)) continue;
    const likely = nearest(name, known);
    const hint = likely === undefined ? "" : ` Did you mean ${likely}?`;
    fields.owner.reading.report(
      "warning",
      "unknown-field",
      `Cilium knows no field ${name} here and ignores it.${hint}`,
      fields.keyRange(name) ?? fields.owner.range,
    );
  }
}

/** The word that is at most two changes (a third of a short one) away from a misspelt one. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(2, Math.floor(word.length / 3)) + 1;
  if (word.length > 64) return undefined;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const current = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[other.length] ?? 0;
}
