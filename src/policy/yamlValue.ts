import type { TextRange } from "../base/textRange.ts";
import type { PolicyProblem } from "./policyProblem.ts";
import type { YamlDocument } from "./yamlDocuments.ts";
import type { YamlNode, YamlPair } from "./yamlNode.ts";
import { type ScalarType, scalarType } from "./yamlScalar.ts";

/** A value takes two characters at least and is looked at twice: a document that yields more multiplies itself by aliases. */
const valuesPerCharacter = 2;
const valuesAlways = 20_000;

/** A problem as it is reported: by default an error that nobody refuses the policy for. */
export type Report = Pick<PolicyProblem, "code" | "message" | "path" | "range"> & Partial<PolicyProblem>;

/** What the readers of one document share: where it lies, what it says is wrong, and how much may still be read. */
export class YamlReading {
  readonly document: YamlDocument;
  readonly #problems: PolicyProblem[];
  readonly #places = new Map<string, number>();
  #left: number;

  constructor(document: YamlDocument) {
    this.document = document;
    this.#left = valuesAlways + valuesPerCharacter * document.text.length;
    this.#problems = document.problems.map((problem) => ({
      ...problem,
      path: "",
      refusedBy: ["apiserver", "agent"],
    }));
  }

  get problems(): readonly PolicyProblem[] {
    return this.#problems;
  }

  /** Counts one more value; false when the document unfolds to more than anybody could have meant. */
  spend(at: TextRange): boolean {
    this.#left -= 1;
    if (this.#left > 0) return true;
    if (this.#left === 0) {
      const message = "Aliases unfold this document to more than can be read.";
      this.report({ code: "too-many-aliases", message, path: "", range: at });
    }
    return false;
  }

  /** What is wrong with one place is said once, in the first words for it, whoever else minds it. */
  report(report: Report): void {
    const place = `${report.code} ${report.range.start} ${report.range.end}`;
    const index = this.#places.get(place);
    const earlier = index === undefined ? undefined : this.#problems[index];
    if (index === undefined || !earlier) {
      this.#places.set(place, this.#problems.length);
      this.#problems.push({ severity: "error", refusedBy: [], ...report });
      return;
    }
    const refusedBy = [...new Set([...earlier.refusedBy, ...(report.refusedBy ?? [])])];
    this.#problems[index] = { ...earlier, refusedBy };
  }
}

/** A value in a policy document: what it is, where it lies, and how the YAML names it. */
export class YamlValue {
  readonly path: string;
  readonly range: TextRange;
  readonly reading: YamlReading;
  /** The node behind the value, aliases followed. */
  readonly node: YamlNode | null;
  #fields: YamlFields | undefined;
  #items: readonly YamlValue[] | undefined;

  /** `range` is for a value that is written as nothing at all (`ingress:`): where its key lies. */
  constructor(reading: YamlReading, node: YamlNode | null, place: { path: string; range?: TextRange }) {
    this.reading = reading;
    this.path = place.path;
    this.range = rangeOf(reading.document, node) ?? place.range ?? { start: 0, end: 0 };
    this.node = resolved(node);
  }

  /** Says that this value is wrong; a member that is missing from it may be named by its path. */
  report(report: Omit<Report, "path" | "range"> & Partial<Report>): void {
    this.reading.report({ path: this.path, range: this.range, ...report });
  }

  /** The stretch of a list item with the dash that opens it, which anchors and tags may follow. */
  get itemRange(): TextRange {
    const { text, offset } = this.reading.document;
    const start = this.range.start - offset;
    let before = text.slice(Math.max(0, start - 200), start).trimEnd();
    for (let word = lastWord(before); /^[&!]/.test(word); word = lastWord(before)) {
      before = before.slice(0, -word.length).trimEnd();
    }
    if (!before.endsWith("-")) return this.range;
    return { start: offset + Math.max(0, start - 200) + before.length - 1, end: this.range.end };
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
    return (this.#fields ??= new YamlFields(this, this.node.pairs, this.reading));
  }

  /** The items of a list; `undefined` when it is something else. */
  asList(): readonly YamlValue[] | undefined {
    if (this.node?.kind !== "list") return undefined;
    if (this.#items) return this.#items;
    const values: YamlValue[] = [];
    for (const [index, item] of this.node.items.entries()) {
      if (!this.reading.spend(this.range)) break;
      values.push(new YamlValue(this.reading, item, { path: `${this.path}[${index}]`, range: this.range }));
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

  /** What the value says in one line of text that does not depend on formatting, nulls left out. */
  canonical(depth = 0): string {
    if (depth > 64) return "…";
    if (this.isMap) {
      const parts = (this.asMap()?.all() ?? []).filter(([, value]) => !value.isNull);
      parts.sort(([one], [other]) => (one < other ? -1 : 1));
      return `{${parts.map(([key, value]) => `${JSON.stringify(key)}:${value.canonical(depth + 1)}`).join()}}`;
    }
    if (this.node?.kind === "list")
      return `[${(this.asList() ?? []).map((item) => item.canonical(depth + 1)).join()}]`;
    return this.isNull ? "null" : JSON.stringify(this.words ?? "");
  }
}

/** The fields of one mapping, merge keys (`<<`) unfolded; of a key written twice the last one counts. */
export class YamlFields {
  readonly owner: YamlValue;
  readonly #fields = new Map<string, YamlField>();

  constructor(owner: YamlValue, items: readonly YamlPair[], reading: YamlReading) {
    this.owner = owner;
    for (const { key, value } of items) {
      if (key?.kind !== "scalar" || !reading.spend(owner.range)) continue;
      const name = key.text;
      const keyRange = rangeOf(reading.document, key) ?? owner.range;
      if (name === "<<" && key.plain) this.#merge(value, reading);
      else {
        if (this.#fields.get(name)?.merged === false) {
          const message = `The key ${name} is written twice: the last one counts.`;
          reading.report({ code: "duplicate-key", message, path: owner.path, range: keyRange });
        }
        const path = owner.path === "" ? name : `${owner.path}.${name}`;
        const made = new YamlValue(reading, value, { path, range: keyRange });
        this.#fields.set(name, { value: made, keyRange, merged: false });
      }
    }
  }

  /** The value of a field; `undefined` when it is not written, or written as null. */
  get(name: string): YamlValue | undefined {
    const value = this.#fields.get(name)?.value;
    return value?.isNull === false ? value : undefined;
  }

  /** Where the key of a field lies. */
  keyRange(name: string): TextRange | undefined {
    return this.#fields.get(name)?.keyRange;
  }

  /** The stretch of a field from its key to the end of its value. */
  fieldRange(name: string): TextRange {
    const field = this.#fields.get(name);
    if (!field) return this.owner.range;
    return { start: field.keyRange.start, end: Math.max(field.keyRange.end, field.value.range.end) };
  }

  all(): readonly (readonly [string, YamlValue])[] {
    return [...this.#fields].map(([name, field]) => [name, field.value] as const);
  }

  #merge(value: YamlNode | null, reading: YamlReading): void {
    const target = resolved(value);
    const parts = target?.kind === "list" ? target.items : [target];
    for (const part of parts) {
      const map = resolved(part);
      if (map?.kind !== "map") continue;
      for (const { key, value: inherited } of map.pairs) {
        if (key?.kind !== "scalar" || !reading.spend(this.owner.range)) continue;
        const name = key.text;
        if (this.#fields.has(name)) continue;
        const keyRange = rangeOf(reading.document, key) ?? this.owner.range;
        const path = this.owner.path === "" ? name : `${this.owner.path}.${name}`;
        const made = new YamlValue(reading, inherited, { path, range: keyRange });
        this.#fields.set(name, { value: made, keyRange, merged: true });
      }
    }
  }
}

interface YamlField {
  readonly value: YamlValue;
  readonly keyRange: TextRange;
  readonly merged: boolean;
}

/** What an alias stands for; itself when nothing has its name. */
function resolved(node: YamlNode | null): YamlNode | null {
  return node?.kind === "alias" ? (node.target ?? node) : node;
}

/** A node's stretch of the whole text; `undefined` for a node that is not written. */
function rangeOf(document: YamlDocument, node: YamlNode | null): TextRange | undefined {
  if (!node || node.end <= node.start) return undefined;
  return { start: document.offset + node.start, end: document.offset + node.end };
}

function lastWord(text: string): string {
  return text.slice(Math.max(text.lastIndexOf(" "), text.lastIndexOf("\n")) + 1);
}
