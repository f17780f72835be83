/** A piece of a label selector: an operator or bracket (its text is its kind), a word, or the end. */
export interface SelectorToken {
  readonly kind: "!" | "=" | "==" | "!=" | ">" | "<" | "(" | ")" | "," | "word" | "end";
  readonly text: string;
  readonly offset: number;
}

const operators = ["!=", "==", "=", "!", ">", "<", "(", ")", ","] as const;

/** Cuts a selector into its pieces; the last is always the end. */
export function selectorTokens(selector: string): readonly SelectorToken[] {
  const tokens: SelectorToken[] = [];
  let offset = 0;
  while (offset < selector.length) {
    if (/[ \t\r\n]/.test(selector.charAt(offset))) {
      offset += 1;
      continue;
    }
    const at = offset;
    const operator = operators.find((one) => selector.startsWith(one, at));
    const text = operator ?? /[^ \t\r\n=!(),<>]+/y.exec(selector.slice(at))?.[0] ?? "";
    tokens.push({ kind: operator ?? "word", text, offset });
    offset += text.length;
  }
  tokens.push({ kind: "end", text: "", offset });
  return tokens;
}
