import type { TextRange } from "../base/textRange.ts";
import type { MapNode, YamlNode, YamlPair } from "./yamlNode.ts";
import type { Report, YamlReading } from "./yamlReading.ts";
import { type ScalarType, scalarType } from "./yamlScalar.ts";

/** Where a value stands. */
export interface YamlPlace {
  /** The mapping or list that holds it; `undefined`: it is an object by itself. */
  readonly owner?: YamlValue;
  /** Its key in a mapping, its number in a list. */
  readonly name?: string | number;
  /** Where it is said to lie when it is written as nothing at all (`ingress:`); missing: where its owner lies. */
  readonly range?: TextRange;
}

/**
 * A value in a policy document: what it is, where it lies, and how the YAML names it. A mere view of a node, made
 * whenever somebody looks: what is large is looked at part by part, and nothing of it is kept.
 */
export class YamlValue {
  readonly reading: YamlReading;
  /** The node behind the value, aliases followed. */
  readonly node: YamlNode | null;
  readonly #written: YamlNode | null;
  readonly #place: YamlPlace;
  #path: string | undefined;
  #fields: YamlFields | undefined;
  #items: readonly YamlValue[] | undefined;

  constructor(reading: YamlReading, node: YamlNode | null, place: YamlPlace) {
    this.reading = reading;
    this.node = resolved(node);
    this.#written = node;
    this.#place = place;
  }

  /** `spec.ingress[0]`; empty for an object by itself. */
  get path(): string {
    return (this.#path ??= pathOf(this.#place));
  }

  get range(): TextRange {
    const { range, owner } = this.#place;
    return rangeOf(this.reading, this.#written) ?? range ?? owner?.range ?? { start: 0, end: 0 };
  }

  /** Says that this value is wrong; a member that is missing from it may be named by its path. */
  report(report: Omit<Report, "path" | "range"> & Partial<Report>): void {
    this.reading.report({ path: this.path, range: this.range, ...report });
  }

  /** The stretch of a list item with the dash that opens it, which anchors and tags may follow. */
  get itemRange(): TextRange {
    const { text, offset } = this.reading.document;
    const { range } = this;
    const start = range.start - offset;
    if (text.charCodeAt(start - 1) === 0x20 && text.charCodeAt(start - 2) === 0x2d) {
      return { start: range.start - 2, end: range.end };
    }
    let before = text.slice(Math.max(0, start - 200), start).trimEnd();
    for (let word = lastWord(before); /^[&!]/.test(word); word = lastWord(before)) {
      before = before.slice(0, -word.length).trimEnd();
    }
    if (!before.endsWith("-")) return range;
    return { start: offset + Math.max(0, start - 200) + before.length - 1, end: range.end };
  }

  /** Nothing, `~` or `null`: Kubernetes takes all of them for "not written". */
  get isNull(): boolean {
    return this.scalarType === "null";
  }

  get isMap(): boolean {
    return this.node?.kind === "map";
  }

  get isList(): boolean {
    return this.node?.kind === "list";
  }

  /** What Kubernetes reads the value as when it is a scalar. */
  get scalarType(): ScalarType | undefined {
    return scalarType(this.node);
  }

  /** Is it a whole number without quotes? */
  get isWrittenNumber(): boolean {
    const { node } = this;
    return node?.kind === "scalar" && node.plain && /^-?\d+$/.test(node.text);
  }

  /** The fields of a mapping; `undefined` when it is something else. */
  asMap(): YamlFields | undefined {
    if (this.node?.kind !== "map") return undefined;
    return (this.#fields ??= new YamlFields(this, this.node));
  }

  /** The items of a list; `undefined` when it is something else. */
  asList(): readonly YamlValue[] | undefined {
    if (this.node?.kind !== "list") return undefined;
    if (this.#items) return this.#items;
    const values: YamlValue[] = [];
    const { items } = this.node;
    for (let index = 0; index < items.length; index++) {
      if (!this.reading.spend(this)) break;
      values.push(new YamlValue(this.reading, items[index] ?? null, { owner: this, name: index }));
    }
    this.#items = values;
    return values;
  }

  /** A whole number; a quoted one is taken too. */
  asInteger(): number | undefined {
    const words = this.words;
    return words !== undefined && /^-?\d+$/.test(words) ? Number(words) : undefined;
  }

  asBoolean(): boolean | undefined {
    return this.scalarType === "boolean" ? /^(y|yes|true|on)$/i.test(this.words ?? "") : undefined;
  }

  /** The letters of a scalar, however it is written and whatever Kubernetes reads it as. */
  get words(): string | undefined {
    return this.node?.kind === "scalar" && !this.isNull ? this.node.text : undefined;
  }
}

function pathOf({ owner, name }: YamlPlace): string {
  if (!owner || name === undefined) return "";
  if (typeof name === "number") return `${owner.path}[${name}]`;
  return owner.path === "" ? name : `${owner.path}.${name}`;
}

/** The fields of one mapping, merge keys (`<<`) unfolded; of a key written twice the last one counts. */
export class YamlFields {
  readonly owner: YamlValue;
  readonly #pairs: readonly YamlPair[];
  /** Where looking through the pairs would not do; `undefined`: it does, and nothing is kept. */
  readonly #made: ReadonlyMap<string, YamlField> | undefined;

  constructor(owner: YamlValue, { pairs, isSimple }: MapNode) {
    this.owner = owner;
    this.#pairs = pairs;
    // What aliases unfold to is counted, so each value is made once.
    this.#made = isSimple && !owner.reading.document.hasAliases ? undefined : unfold(owner, pairs, new Map());
  }

  /** The value of a field; `undefined` when it is not written, or written as null. */
  get(name: string): YamlValue | undefined {
    if (this.#made) {
      const value = this.#made.get(name)?.value;
      return value?.isNull === false ? value : undefined;
    }
    const pair = this.#pair(name);
    return pair && scalarType(pair.value) !== "null" ? this.#valueOf(pair, name) : undefined;
  }

  /** Where the key of a field lies. */
  keyRange(name: string): TextRange | undefined {
    if (this.#made) return this.#made.get(name)?.keyRange;
    const pair = this.#pair(name);
    return pair && this.#keyRangeOf(pair);
  }

  /** The stretch of a field from its key to the end of its value. */
  fieldRange(name: string): TextRange {
    const keyRange = this.keyRange(name);
    if (!keyRange) return this.owner.range;
    const pair = this.#made ? undefined : this.#pair(name);
    const range = pair ? rangeOf(this.owner.reading, pair.value) : this.#made?.get(name)?.value.range;
    return { start: keyRange.start, end: Math.max(keyRange.end, range?.end ?? 0) };
  }

  /** Every field in the order of its first mention, those that are written as null too. */
  all(): readonly (readonly [string, YamlValue])[] {
    if (this.#made) return [...this.#made].map(([name, field]) => [name, field.value] as const);
    return this.#pairs.map((pair) => {
      const name = pair.key?.kind === "scalar" ? pair.key.text : "";
      return [name, this.#valueOf(pair, name)] as const;
    });
  }

  #pair(name: string): YamlPair | undefined {
    const pairs = this.#pairs;
    for (let index = 0; index < pairs.length; index++) {
      const key = pairs[index]?.key;
      if (key?.kind === "scalar" && key.text === name) return pairs[index];
    }
    return undefined;
  }

  #valueOf(pair: YamlPair, name: string): YamlValue {
    const { owner } = this;
    const isWritten = pair.value !== null && pair.value.end > pair.value.start;
    const place = isWritten ? { owner, name } : { owner, name, range: this.#keyRangeOf(pair) };
    return new YamlValue(owner.reading, pair.value, place);
  }

  #keyRangeOf({ key }: YamlPair): TextRange {
    return rangeOf(this.owner.reading, key) ?? this.owner.range;
  }
}

interface YamlField {
  readonly value: YamlValue;
  readonly keyRange: TextRange;
  readonly merged: boolean;
}

function unfold(
  owner: YamlValue,
  pairs: readonly YamlPair[],
  fields: Map<string, YamlField>,
): ReadonlyMap<string, YamlField> {
  const { reading } = owner;
  for (const { key, value } of pairs) {
    if (key?.kind !== "scalar" || !reading.spend(owner)) continue;
    const name = key.text;
    const keyRange = rangeOf(reading, key) ?? owner.range;
    if (name === "<<" && key.plain) merge(owner, value, fields);
    else {
      if (fields.get(name)?.merged === false) {
        const message = `The key ${name} is written twice: the last one counts.`;
        reading.report({ code: "duplicate-key", message, path: owner.path, range: keyRange });
      }
      const made = new YamlValue(reading, value, { owner, name, range: keyRange });
      fields.set(name, { value: made, keyRange, merged: false });
    }
  }
  return fields;
}

function merge(owner: YamlValue, value: YamlNode | null, fields: Map<string, YamlField>): void {
  const { reading } = owner;
  const target = resolved(value);
  const parts = target?.kind === "list" ? target.items : [target];
  for (const part of parts) {
    const map = resolved(part);
    if (map?.kind !== "map") continue;
    for (const { key, value: inherited } of map.pairs) {
      if (key?.kind !== "scalar" || !reading.spend(owner)) continue;
      const name = key.text;
      if (fields.has(name)) continue;
      const keyRange = rangeOf(reading, key) ?? owner.range;
      const made = new YamlValue(reading, inherited, { owner, name, range: keyRange });
      fields.set(name, { value: made, keyRange, merged: true });
    }
  }
}

/** A node's stretch of the whole text; `undefined` for a node that is not written. */
function rangeOf(reading: YamlReading, node: YamlNode | null): TextRange | undefined {
  if (!node || node.end <= node.start) return undefined;
  const { offset } = reading.document;
  return { start: offset + node.start, end: offset + node.end };
}

/** What an alias stands for; itself when nothing has its name. */
function resolved(node: YamlNode | null): YamlNode | null {
  return node?.kind === "alias" ? (node.target ?? node) : node;
}

function lastWord(text: string): string {
  return text.slice(Math.max(text.lastIndexOf(" "), text.lastIndexOf("\n")) + 1);
}
