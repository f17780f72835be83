import type { Steps } from "../base/steps.ts";
import { areSimplePairs, type ScalarNode, type YamlNode, type YamlPair } from "./yamlNode.ts";

/**
 * Parses a document that is one object of JSON, as Kubernetes does before it thinks of YAML; `undefined`: it is none.
 */
export function* parseJson(text: string): Steps<YamlNode | undefined> {
  const parser = new JsonParser(text);
  if (!parser.isObject) return undefined;
  for (let tokens = 1; ; tokens++) {
    const step = parser.takeToken();
    if (step === "broken") return undefined;
    if (step === "done") return parser.root;
    if (tokens % tokensPerStep === 0) yield;
  }
}

/** Some ten microseconds. */
const tokensPerStep = 64;

const maxDepth = 100;

interface Collection {
  readonly kind: "list" | "map";
  readonly start: number;
  readonly items: YamlNode[];
  readonly pairs: YamlPair[];
  /** The key whose value comes next. */
  key: ScalarNode | undefined;
}

const blanks = /[ \t\r\n]*/y;
/** One with a line break or another control character in it is refused when it is read. */
const string = /"(?:[^"\\]|\\.)*"/y;
const bare = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null)(?![\w.+-])/y;

class JsonParser {
  root: YamlNode | undefined;
  readonly #text: string;
  readonly #open: Collection[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#skip(blanks);
  }

  get isObject(): boolean {
    return this.#text.charCodeAt(this.#at) === 0x7b;
  }

  /** Takes a key with its colon, a value with the comma behind it, or a bracket. */
  takeToken(): "token" | "done" | "broken" {
    const top = this.#open.at(-1);
    const code = this.#text.charCodeAt(this.#at);
    if (!top && this.root) return this.#at === this.#text.length ? "done" : "broken";
    if (top?.kind === "map" && !top.key) {
      const isEmpty = top.pairs.length === 0;
      return code === 0x7d && isEmpty ? this.#close(top) : this.#takeKey(top);
    }
    if (top?.kind === "list" && code === 0x5d && top.items.length === 0) return this.#close(top);
    if (code === 0x7b || code === 0x5b) {
      if (this.#open.length >= maxDepth) return "broken";
      const kind = code === 0x7b ? "map" : "list";
      this.#open.push({ kind, start: this.#at, items: [], pairs: [], key: undefined });
      this.#at += 1;
      this.#skip(blanks);
      return "token";
    }
    const node = this.#takeScalar();
    return node ? this.#put(node) : "broken";
  }

  #takeKey(map: Collection): "token" | "broken" {
    map.key = this.#takeString();
    this.#skip(blanks);
    if (!map.key || this.#text.charCodeAt(this.#at) !== 0x3a) return "broken";
    this.#at += 1;
    this.#skip(blanks);
    return "token";
  }

  #takeScalar(): ScalarNode | undefined {
    const start = this.#at;
    if (!this.#skip(bare)) return this.#takeString();
    return { kind: "scalar", text: this.#text.slice(start, this.#at), plain: true, start, end: this.#at };
  }

  #takeString(): ScalarNode | undefined {
    const start = this.#at;
    if (!this.#skip(string)) return undefined;
    const end = this.#at;
    const text = unescaped(this.#text.slice(start, end));
    return text === undefined ? undefined : { kind: "scalar", text, plain: false, start, end };
  }

  /** Gives a value to what holds it; then a comma follows, or the bracket that ends it. */
  #put(node: YamlNode): "token" | "broken" {
    this.#skip(blanks);
    const top = this.#open.at(-1);
    if (!top) {
      this.root = node;
      return "token";
    }
    if (top.key) top.pairs.push({ key: top.key, value: node });
    else top.items.push(node);
    top.key = undefined;
    const code = this.#text.charCodeAt(this.#at);
    if (code === (top.kind === "map" ? 0x7d : 0x5d)) return this.#close(top);
    if (code !== 0x2c) return "broken";
    this.#at += 1;
    this.#skip(blanks);
    // A comma before the end is too much.
    const next = this.#text.charCodeAt(this.#at);
    return next === 0x7d || next === 0x5d ? "broken" : "token";
  }

  #close({ kind, items, pairs, start }: Collection): "token" | "broken" {
    this.#at += 1;
    this.#open.pop();
    const end = this.#at;
    if (kind === "list") return this.#put({ kind, items, start, end });
    return this.#put({ kind, pairs, isSimple: areSimplePairs(pairs), start, end });
  }

  #skip(token: RegExp): boolean {
    token.lastIndex = this.#at;
    if (!token.test(this.#text)) return false;
    this.#at = token.lastIndex;
    return true;
  }
}

function unescaped(written: string): string | undefined {
  // Most have nothing to take back.
  if (/^[ !#-[\]-\u{D7FF}]*$/u.test(written.slice(1, -1))) return written.slice(1, -1);
  try {
    return JSON.parse(written) as string;
  } catch {
    return undefined;
  }
}
