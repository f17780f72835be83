/** Texts larger than this are no hand-written policies: no lenses, and nothing is sent to the engine. */
export const maxPolicyTextLength = 8_000_000;

const kindLine =
  /^[ \t]*(?:-[ \t]+)?["']?kind["']?[ \t]*:[ \t]*["']?(?:CiliumNetworkPolicy|CiliumClusterwideNetworkPolicy|NetworkPolicy)["']?[ \t]*(?:#.*)?\r?$/m;
const documentEnd = /^(?:---|\.\.\.)(?:[ \t].*)?\r?$/gm;
const specLine = /^["']?specs?["']?[ \t]*:/m;
const firstContent = /^[ \t]*[^#\s].*$/m;

/** A cheap look at a text: may there be a network policy in it? Says nothing about whether it is a right one. */
export function looksLikePolicy(text: string): boolean {
  return text.length <= maxPolicyTextLength && kindLine.test(text);
}

/**
 * Where the heads of the policies in a text are: the offset of the `spec:` of each YAML document that looks like one
 * (of its first line when it has none). A cheap look as well, for the time when nothing has parsed the text.
 */
export function policyHeads(text: string): readonly number[] {
  if (!looksLikePolicy(text)) return [];
  const heads: number[] = [];
  let start = 0;
  const take = (end: number): void => {
    const part = text.slice(start, end);
    if (!kindLine.test(part)) return;
    heads.push(start + (specLine.exec(part) ?? firstContent.exec(part) ?? { index: 0 }).index);
  };
  for (const separator of text.matchAll(documentEnd)) {
    take(separator.index);
    start = separator.index + separator[0].length;
  }
  take(text.length);
  return heads;
}
