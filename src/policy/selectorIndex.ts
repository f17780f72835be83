import { type LabelSet, namespaceKey } from "./labelSet.ts";
import type { LabelRequirement, LabelSelector } from "./policy.ts";

/** With more values than this, a requirement is no good to tell items apart. */
const maxValues = 16;

/**
 * Finds items by the labels that their selectors require: it answers every item whose selector fits, and some whose
 * does not, so that those found must still be asked. Each is filed under a namespace and a label, where it names them.
 */
export class SelectorIndex<T> {
  readonly #items = new Map<string, T[]>();

  add(selector: LabelSelector, item: T): void {
    const { requirements } = selector;
    const inNamespace = requirements.find((one) => one.key === namespaceKey && isEqual(one, 1));
    const label =
      requirements.find((one) => one.key !== namespaceKey && isEqual(one, maxValues)) ??
      requirements.find((one) => one.key !== namespaceKey && one.operator === "Exists");
    const namespace = inNamespace?.values[0] ?? "";
    for (const part of label ? partsOf(label) : [""]) {
      const key = `${namespace}|${part}`;
      const filed = this.#items.get(key);
      if (filed) filed.push(item);
      else this.#items.set(key, [item]);
    }
  }

  /** Hands over each item that may fit; one that asks for any of several values may come twice. */
  visit(labels: LabelSet, each: (item: T) => void): void {
    const namespaces = new Set([""]);
    const parts = new Set([""]);
    for (const { key, value } of labels.pairs) {
      if (key === namespaceKey) namespaces.add(value);
      parts.add(key);
      parts.add(`${key}=${value}`);
    }
    for (const namespace of namespaces) {
      for (const part of parts) {
        for (const item of this.#items.get(`${namespace}|${part}`) ?? []) each(item);
      }
    }
  }
}

function isEqual({ operator, values }: LabelRequirement, most: number): boolean {
  return operator === "In" && values.length > 0 && values.length <= most;
}

function partsOf({ operator, key, values }: LabelRequirement): readonly string[] {
  return operator === "Exists" ? [key] : values.map((value) => `${key}=${value}`);
}
