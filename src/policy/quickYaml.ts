import type { Steps } from "../base/steps.ts";
import { type Anchors, mistakesListed, parseWholly, type YamlMistake } from "./wholeYaml.ts";
import { inlineNode, keyEnd, scalarNode } from "./yamlInline.ts";
import { isDash, YamlLines } from "./yamlLines.ts";
import { areSimplePairs, type ScalarNode, type YamlNode, type YamlPair } from "./yamlNode.ts";

/** What a document says, as far as it could be read. */
export interface QuickDocument {
  readonly contents: YamlNode | null;
  /** Do aliases stand for parts of it? */
  readonly hasAliases: boolean;
  readonly mistakes: readonly YamlMistake[];
}

/**
 * Parses a document that is written as plainly as most are: in blocks, each entry beginning on a line of its own.
 * `undefined`: it is not, and needs the whole of YAML from its first character on. Many times faster than that, which
 * matters for documents of megabytes; only values that are not plain (of several lines, with anchors, tags, …) go that
 * way, each by itself. So a mistake costs the entry that it is in, and no other.
 */
export function* parseQuickly(text: string): Steps<QuickDocument | undefined> {
  // A byte order mark or a line that ends with nothing but a carriage return: seen once in a lifetime.
  if (/\uFEFF|\r(?!\n)/.test(text)) return undefined;
  const parser = new BlockParser(text);
  const anchors: Anchors = { nodes: new Map(), hasAliases: false };
  for (let lines = 1; ; lines++) {
    const step = parser.takeLine();
    if (step === "unplain") return undefined;
    if (step === "done") return { ...parser.finish(), hasAliases: anchors.hasAliases };
    if (step === "line") {
      if (lines % linesPerStep === 0) yield;
    } else if (!parser.put(yield* parseEntry(text, step, anchors))) return undefined;
  }
}

/** Some ten microseconds. */
const linesPerStep = 32;

const maxDepth = 100;

/** A value that needs the whole of YAML. */
interface Entry {
  readonly kind: "list" | "map";
  /** Of the block that it is an entry of. */
  readonly indent: number;
  /** Behind the dash, or the colon. */
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
  /**
   * What the lines that follow may still be to the last entry: its value, the rest of a value that stands on lines
   * already, or nothing.
   */
  wants: "value" | "rest" | "nothing";
  /** Behind the last entry's dash, or its colon. */
  entryStart: number;
}

type Taken = "line" | "unplain" | Entry;

/** Builds the tree line by line. */
class BlockParser {
  readonly #text: string;
  readonly #lines: YamlLines;
  readonly #open: Block[] = [];
  readonly #mistakes: YamlMistake[] = [];
  #root: YamlNode | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new YamlLines(text);
  }

  /** Takes what is left of the present line, up to the next dash; an entry that is answered is wanted by {@link put}. */
  takeLine(): Taken | "done" {
    const lines = this.#lines;
    if (lines.isMarked) return "unplain";
    if (lines.indent === -1) return "done";
    const first = this.#text.charCodeAt(lines.start);
    if (first === 0x09) return this.#takeTab();
    const dash = isDash(lines);
    const top = this.#closeTo(lines.indent, dash);
    if (!top) return this.#root ? this.#refuseRoot(this.#root) : this.#takeValue(undefined, dash);
    if (top.indent < lines.indent) {
      return top.wants === "value" ? this.#takeValue(top, dash) : this.#takeRest(top, dash);
    }
    if (top.kind === "list") return this.#takeItem(top);
    if (!dash) return this.#takePair(top);
    if (top.wants === "value") return this.#takeValue(top, dash);
    return this.#refuse("A list item stands here among keys.", lines.indent);
  }

  /** Gives the last entry the value that the whole of YAML makes of it; false: that is none that may stand here. */
  put(read: EntryValue | undefined): boolean {
    const top = this.#open.at(-1);
    if (!read || !top) return false;
    if (read.node) setValue(top, read.node);
    top.wants = "nothing";
    this.#mistakes.push(...read.mistakes);
    return true;
  }

  finish(): Pick<QuickDocument, "contents" | "mistakes"> {
    this.#closeTo(-1, false);
    return { contents: this.#root ?? null, mistakes: this.#mistakes.slice(0, mistakesListed) };
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
  #takeValue(owner: Block | undefined, dash: boolean): Taken {
    const lines = this.#lines;
    const colon = dash ? -1 : keyEnd(this.#text, lines.start, lines.end);
    if (!dash && colon === -1) {
      const node = inlineNode(this.#text, lines.start, lines.end);
      if (!node) return owner ? this.#entryOf(owner) : "unplain";
      this.#setValueOf(owner, node);
      if (owner) owner.wants = "rest";
      lines.advance();
      return "line";
    }
    if (this.#open.length >= maxDepth) return "unplain";
    if (owner) owner.wants = "nothing";
    const { indent, start } = lines;
    const block: Block = {
      kind: dash ? "list" : "map",
      indent,
      start,
      end: start,
      items: [],
      pairs: [],
      wants: "nothing",
      entryStart: start,
    };
    this.#open.push(block);
    return dash ? this.#takeItem(block) : this.#takePair(block);
  }

  /** A line further in than an entry that seemed to be complete. */
  #takeRest(top: Block, dash: boolean): Taken {
    const { start, end } = this.#lines;
    const first = this.#text.charCodeAt(start);
    // What a line may be that begins with a colon or a question mark only the whole of YAML knows.
    if (first === 0x3a || first === 0x3f) return top.wants === "rest" ? this.#entryOf(top) : "unplain";
    if (top.kind === "map" && !dash && keyEnd(this.#text, start, end) !== -1) {
      this.#mistakes.push({ message: "The keys of a mapping start at the same column.", start, end });
      return this.#takePair(top);
    }
    if (top.wants === "rest") return this.#entryOf(top);
    return this.#refuse("This line stands further in than the entry that it follows.", top.indent);
  }

  /** A line that begins with a tab belongs to what precedes it, if anywhere. */
  #takeTab(): Entry | "unplain" {
    const top = this.#open.at(-1);
    return top && top.wants !== "nothing" ? this.#entryOf(top) : "unplain";
  }

  #takeItem(list: Block): "line" {
    const lines = this.#lines;
    list.end = lines.start + 1;
    list.entryStart = list.end;
    list.items.push(null);
    list.wants = "value";
    // What follows the dash on its line is a line of its own, further in.
    lines.enterItem();
    return "line";
  }

  #takePair(map: Block): Taken {
    const text = this.#text;
    const lines = this.#lines;
    const colon = keyEnd(text, lines.start, lines.end);
    if (colon === -1) return this.#takeKey(map);
    const key = scalarNode(text, lines.start, colon);
    if (!key) return "unplain";
    map.end = colon + 1;
    map.entryStart = map.end;
    map.pairs.push({ key, value: null });
    let from = colon + 1;
    while (from < lines.end && text.charCodeAt(from) === 0x20) from += 1;
    if (from >= lines.end) map.wants = "value";
    else {
      const node = inlineNode(text, from, lines.end);
      if (!node) return this.#entryOf(map);
      setValue(map, node);
      map.wants = "rest";
    }
    lines.advance();
    return "line";
  }

  /** A key that is still being typed. */
  #takeKey(map: Block): "line" | "unplain" {
    const { start, end } = this.#lines;
    const key = scalarNode(this.#text, start, end);
    if (!key || !/^[\w./-]+$/.test(key.text)) return "unplain";
    this.#mistakes.push({ message: "Implicit map keys need to be followed by map values", start, end });
    map.end = end;
    map.entryStart = end;
    map.pairs.push({ key, value: null });
    map.wants = "value";
    this.#lines.advance();
    return "line";
  }

  /** What the lines from here on that stand further in than a column say is left out. */
  #refuse(message: string, indent: number): "line" {
    const { start, end } = this.#lines;
    this.#mistakes.push({ message, start, end });
    this.#lines.skipDeeper(start, indent);
    return "line";
  }

  /** Something stands behind all that the document holds. */
  #refuseRoot({ kind }: YamlNode): "line" | "unplain" {
    if (kind === "scalar") return "unplain";
    return this.#refuse("This line stands further out than the document's first.", this.#lines.indent);
  }

  #entryOf({ kind, indent, entryStart }: Block): Entry {
    return { kind, indent, start: entryStart, end: this.#lines.skipDeeper(entryStart, indent) };
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

interface EntryValue {
  readonly node: YamlNode | null;
  readonly mistakes: readonly YamlMistake[];
}

/** Has the whole of YAML read an entry's value where it stands; `undefined`: it is not right for itself. */
function* parseEntry(text: string, entry: Entry, anchors: Anchors): Steps<EntryValue | undefined> {
  const { kind, indent, start, end } = entry;
  const opening = `${" ".repeat(indent)}${kind === "list" ? "-" : "k:"}`;
  const place = { before: opening.length - start, anchors };
  const [document, ...others] = yield* parseWholly(opening + text.slice(start, end), place);
  if (!document || others.length > 0) return undefined;
  const node = onlyEntry(document.contents, kind);
  // Where nothing ends that is written (`!!str`) is not worth knowing.
  if (document.mistakes.length === 0 && !(node && node.end > node.start)) return undefined;
  let last = end;
  while (last > start && /\s/.test(text.charAt(last - 1))) last -= 1;
  const mistakes = document.mistakes.map((mistake) => within(mistake, start, last));
  return { node, mistakes };
}

/** What is missing at the end of an entry is missing behind its last letter. */
function within(mistake: YamlMistake, start: number, end: number): YamlMistake {
  const from = Math.max(start, Math.min(mistake.start, end - 1));
  return { ...mistake, start: from, end: Math.min(Math.max(mistake.end, from), end) };
}

function onlyEntry(contents: YamlNode | null, kind: Block["kind"]): YamlNode | null {
  if (contents?.kind !== kind) return null;
  if (contents.kind === "list") return contents.items.length === 1 ? (contents.items[0] ?? null) : null;
  return contents.pairs.length === 1 ? (contents.pairs[0]?.value ?? null) : null;
}
