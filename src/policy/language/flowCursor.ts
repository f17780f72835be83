/** A flow collection (`{ … }`, `[ … ]`) that is open where a scan ends. */
export type FlowFrame =
  | { readonly kind: "map"; key: string | undefined; readonly keys: Map<string, string> }
  | { readonly kind: "list"; index: number };

/** How far a flow collection was read. */
export interface FlowScan {
  /** Where it ends, the closing bracket included; `undefined`: not before the end of what was read. */
  readonly end?: number;
  /** The collections that are open there, the outermost first. */
  readonly frames: readonly FlowFrame[];
  /** Where the word begins that the reading ended in, its quote included; the end itself when there is none. */
  readonly wordStart: number;
  /** Is a key being written there, or something that may become one? */
  readonly atKey: boolean;
  /** Nothing can be written there: in a comment, or after a whole word. */
  readonly isOver: boolean;
}

/** Reads a flow collection from its opening bracket to its end, or to `end`. */
export function scanFlow(text: string, start: number, end: number): FlowScan {
  const frames: FlowFrame[] = [];
  let word: { readonly start: number; readonly text: string } | undefined;
  let at = start;
  const finishWord = (): void => {
    const top = frames.at(-1);
    if (word && top?.kind === "map") {
      if (top.key === undefined) top.keys.set(word.text, "");
      else top.keys.set(top.key, word.text);
    }
    word = undefined;
  };
  const openAt = (isOver: boolean, wordStart = end): FlowScan => {
    const top = frames.at(-1);
    return { frames, wordStart, atKey: top?.kind === "map" && top.key === undefined, isOver };
  };
  while (at < end) {
    const letter = text[at] ?? "";
    const top = frames.at(-1);
    if (letter === "{" || letter === "[") {
      frames.push(
        letter === "{" ? { kind: "map", key: undefined, keys: new Map() } : { kind: "list", index: 0 },
      );
      word = undefined;
      at += 1;
    } else if (letter === "}" || letter === "]") {
      finishWord();
      frames.pop();
      at += 1;
      if (frames.length === 0) return { end: at, frames, wordStart: at, atKey: false, isOver: true };
    } else if (letter === ",") {
      finishWord();
      if (top?.kind === "map") top.key = undefined;
      else if (top) top.index += 1;
      at += 1;
    } else if (letter === ":" && word && top?.kind === "map" && top.key === undefined) {
      top.key = word.text;
      top.keys.set(word.text, "");
      word = undefined;
      at += 1;
    } else if (letter === "#" && /\s/.test(text[at - 1] ?? " ")) {
      const newline = text.indexOf("\n", at);
      if (newline === -1 || newline >= end) return openAt(true);
      at = newline;
    } else if (/\s/.test(letter)) {
      at += 1;
    } else {
      const wordEnd = endOfWord(text, at, end);
      if (wordEnd === undefined || wordEnd >= end) return openAt(word !== undefined, at);
      word = { start: at, text: unquoted(text.slice(at, wordEnd)) };
      at = wordEnd;
    }
  }
  return openAt(word !== undefined);
}

/** The words at the keys' places of the rest of a flow mapping, up to its closing bracket. */
export function flowKeysAfter(text: string, start: number, end: number): readonly string[] {
  const keys: string[] = [];
  let depth = 0;
  const tokens = /"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[[\]{},]|[^\s[\]{},"']+/g;
  tokens.lastIndex = start;
  for (let token = tokens.exec(text); token && token.index < end; token = tokens.exec(text)) {
    const [word] = token;
    if (word === "{" || word === "[") depth += 1;
    else if (word === "}" || word === "]") {
      depth -= 1;
      if (depth < 0) break;
    } else if (depth === 0 && word.endsWith(":")) keys.push(word.slice(0, -1));
    else if (depth === 0 && text[token.index + word.length] === ":") keys.push(unquoted(word));
  }
  return keys;
}

/** Where a word ends: a quoted one after its quote, a plain one before what ends it; `undefined`: it has no end. */
function endOfWord(text: string, start: number, end: number): number | undefined {
  const quote = text[start];
  if (quote === '"' || quote === "'") {
    for (let at = start + 1; at < end; at++) {
      if (quote === '"' && text[at] === "\\") at += 1;
      else if (text[at] === quote) return at + 1;
    }
    return undefined;
  }
  // A colon without a key is a word, too.
  let at = start + 1;
  while (at < end) {
    const letter = text[at] ?? "";
    if (/[,[\]{}\n]/.test(letter)) return at;
    if (letter === ":" && (at + 1 >= end || /[\s,[\]{}]/.test(text[at + 1] ?? " "))) return at;
    if (/\s/.test(letter) && text[at + 1] === "#") return at;
    at += 1;
  }
  // A word may still be going on, unless white space came after it.
  const written = text.slice(start, end);
  return /\s$/.test(written) ? start + written.trimEnd().length : end;
}

/** What a word says. */
export function unquoted(word: string): string {
  const quote = word[0];
  if (quote !== '"' && quote !== "'") return word.trim();
  const closed = word.length > 1 && word.endsWith(quote);
  return word.slice(1, closed ? -1 : undefined);
}
