import type { Steps } from "../base/steps.ts";
import { parseWholly } from "./wholeYaml.ts";
import { inlineNode, keyEnd, scalarNode } from "./yamlInline.ts";
import { isDash, YamlLines } from "./yamlLines.ts";
import { areSimplePairs, type ScalarNode, type YamlNode, type YamlPair } from "./yamlNode.ts";

/**
 * Parses a document that is written as plainly as most are: in blocks, without anchors and aliases. `undefined`: it is
 * not, and needs the whole of YAML from its first character on. Many times faster than that, which matters for
 * documents of megabytes; only values that are not plain (of several lines, with tags, …) go that way.
 */
export function* parseQuickly(text: string): Steps<YamlNode | undefined> {
  // A byte order mark or a line that ends with nothing but a carriage return: seen once in a lifetime.
  if (/\uFEFF|\r(?!\n)/.test(text)) return undefined;
  const parser = new BlockParser(text);
  for (let lines = 1; ; lines++) {
    const step = parser.takeLine();
    if (step === "unplain") return undefined;
    if (step === "done") return parser.finish();
    if (step === "line") {
      if (lines % linesPerStep === 0) yield;
      continue;
    }
    if (!parser.put(yield* parseEntry(text, step))) return undefined;
  }
}

/** Some ten microseconds. */
const linesPerStep = 32;

const maxDepth = 100;

/** A value that needs the whole of YAML: where it stands, and where lines begin that belong to what it is part of. */
interface Entry {
  readonly kind: "list" | "map";
  /** Of the block that it is an entry of. */
  readonly indent: number;
  readonly start: number;
  readonly end: number;
}

/** A list or mapping whose entries are being read: the last of them may still get its value. */
interface Block {
  readonly kind: "list" | "map";
  readonly indent: number;
  readonly start: number;
  end: number;
  readonly items: (YamlNode | null)[];
  readonly pairs: { readonly key: ScalarNode; value: YamlNode | null }[];
  /** Is the last entry's value to come on the lines that follow, if there is one? */
  awaits: boolean;
  /** Where the last entry's value begins; -1: it is a block itself, or is not written. */
  valueStart: number;
}

/** Builds the tree line by line. */
class BlockParser {
  readonly #text: string;
  readonly #lines: YamlLines;
  readonly #open: Block[] = [];
  #root: YamlNode | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new YamlLines(text);
  }

  /** Takes what is left of the present line, up to the next dash; an entry that is answered is wanted by {@link put}. */
  takeLine(): "line" | "done" | "unplain" | Entry {
    const lines = this.#lines;
    if (lines.isMarked) return "unplain";
    if (lines.indent === -1) return "done";
    const dash = isDash(lines);
    const top = this.#closeTo(lines.indent, dash);
    if (!top) return this.#root ? "unplain" : this.#takeValue(undefined, dash);
    if (top.indent < lines.indent) {
      if (top.awaits) return this.#takeValue(top, dash);
      // The line goes on with a value that seemed to be complete.
      return top.valueStart === -1 ? "unplain" : this.#entryOf(top);
    }
    if (top.kind === "list") return this.#takeItem(top);
    if (dash) return top.awaits ? this.#takeValue(top, dash) : "unplain";
    return this.#takePair(top);
  }

  /** Gives the last entry the value that the whole of YAML makes of it; false: that is none that may stand here. */
  put(node: YamlNode | undefined): boolean {
    const top = this.#open.at(-1);
    if (!node || !top) return false;
    setValue(top, node);
    top.valueStart = -1;
    return true;
  }

  finish(): YamlNode | undefined {
    this.#closeTo(-1, false);
    return this.#root;
  }

  /** Closes the blocks that a line with this indent is no part of; answers the one that it is. */
  #closeTo(indent: number, dash: boolean): Block | undefined {
    for (;;) {
      const top = this.#open.at(-1);
      if (!top || top.indent < indent) return top;
      // A list may stand no further in than the key that it is the value of.
      if (top.indent === indent && (top.kind === "map" || dash)) return top;
      this.#open.pop();
      this.#setValueOf(this.#open.at(-1), nodeOf(top));
    }
  }

  #setValueOf(block: Block | undefined, node: YamlNode): void {
    if (block) setValue(block, node);
    else this.#root = node;
  }

  /** A value on lines of its own. */
  #takeValue(owner: Block | undefined, dash: boolean): "line" | "unplain" | Entry {
    const lines = this.#lines;
    if (owner) owner.awaits = false;
    const colon = dash ? -1 : keyEnd(this.#text, lines.start, lines.end);
    if (!dash && colon === -1) {
      const node = inlineNode(this.#text, lines.start, lines.end);
      if (owner) owner.valueStart = lines.start;
      if (!node) return owner ? this.#entryOf(owner) : "unplain";
      this.#setValueOf(owner, node);
      lines.advance();
      return "line";
    }
    if (this.#open.length >= maxDepth) return "unplain";
    const { indent, start } = lines;
    const block: Block = {
      kind: dash ? "list" : "map",
      indent,
      start,
      end: start,
      items: [],
      pairs: [],
      awaits: false,
      valueStart: -1,
    };
    this.#open.push(block);
    return dash ? this.#takeItem(block) : this.#takePair(block);
  }

  #takeItem(list: Block): "line" {
    const lines = this.#lines;
    list.end = lines.start + 1;
    list.items.push(null);
    list.awaits = true;
    list.valueStart = -1;
    // What follows the dash on its line is a line of its own, further in.
    lines.enterItem();
    return "line";
  }

  #takePair(map: Block): "line" | "unplain" | Entry {
    const text = this.#text;
    const lines = this.#lines;
    const colon = keyEnd(text, lines.start, lines.end);
    const key = colon === -1 ? undefined : scalarNode(text, lines.start, colon);
    if (!key) return "unplain";
    map.end = colon + 1;
    map.pairs.push({ key, value: null });
    let from = colon + 1;
    while (from < lines.end && text.charCodeAt(from) === 0x20) from += 1;
    map.awaits = from >= lines.end;
    map.valueStart = -1;
    if (!map.awaits) {
      map.valueStart = from;
      const node = inlineNode(text, from, lines.end);
      if (!node) return this.#entryOf(map);
      setValue(map, node);
    }
    lines.advance();
    return "line";
  }

  #entryOf({ kind, indent, valueStart }: Block): Entry {
    return { kind, indent, start: valueStart, end: this.#lines.skipDeeper(valueStart, indent) };
  }
}

function setValue(block: Block, node: YamlNode): void {
  block.end = node.end;
  if (block.kind === "list") block.items[block.items.length - 1] = node;
  else {
    const pair = block.pairs.at(-1);
    if (pair) pair.value = node;
  }
}

function nodeOf({ kind, items, pairs, start, end }: Block): YamlNode {
  if (kind === "list") return { kind, items, start, end };
  const all: readonly YamlPair[] = pairs;
  return { kind, pairs: all, isSimple: areSimplePairs(all), start, end };
}

/** Has the whole of YAML read an entry's value where it stands; `undefined`: it is not right, or not for itself. */
function* parseEntry(text: string, entry: Entry): Steps<YamlNode | undefined> {
  const { kind, indent, start, end } = entry;
  const opening = `${" ".repeat(indent)}${kind === "list" ? "- " : "k: "}`;
  const [document, ...others] = yield* parseWholly(opening + text.slice(start, end), opening.length - start);
  if (!document || others.length > 0 || document.mistakes.length > 0) return undefined;
  const { contents, hasAliases, hasAnchors } = document;
  if (hasAliases || hasAnchors) return undefined;
  const node = onlyEntry(contents, kind);
  // Where nothing ends that is written (`!!str`) is not worth knowing.
  return node && node.end > node.start ? node : undefined;
}

function onlyEntry(contents: YamlNode | null, kind: Block["kind"]): YamlNode | null {
  if (contents?.kind !== kind) return null;
  if (contents.kind === "list") return contents.items.length === 1 ? (contents.items[0] ?? null) : null;
  return contents.pairs.length === 1 ? (contents.pairs[0]?.value ?? null) : null;
}
