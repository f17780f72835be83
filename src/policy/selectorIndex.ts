import { type LabelSet, namespaceKey } from "./labelSet.ts";
import type { LabelRequirement, LabelSelector } from "./policy.ts";

/** With more values than this, a requirement is no good to tell items apart. */
const maxValues = 16;

/** So few keys are compared with those of labels more quickly than they are looked up. */
const fewKeys = 3;

/** Items under a label's key: those that take any value, and those that want one. */
interface FiledKey<T> {
  readonly anyValue: T[];
  readonly byValue: Map<string, T[]>;
}

/** Items that ask for a namespace, or for none. */
interface FiledNamespace<T> {
  /** Items that name no label by which they could be found. */
  readonly always: T[];
  readonly byKey: Map<string, FiledKey<T>>;
}

/**
 * Finds items by the labels that their selectors require: it answers every item whose selector fits, and some whose
 * does not, so that those found must still be asked. Each is filed under a namespace and a label, where it names them.
 */
export class SelectorIndex<T> {
  /** Under the empty name: whatever the namespace. */
  readonly #namespaces = new Map<string, FiledNamespace<T>>();

  add(selector: LabelSelector, item: T): void {
    const { requirements } = selector;
    const inNamespace = requirements.find((one) => one.key === namespaceKey && isEqual(one, 1));
    const label =
      requirements.find((one) => one.key !== namespaceKey && isEqual(one, maxValues)) ??
      requirements.find((one) => one.key !== namespaceKey && one.operator === "Exists");
    const namespace = this.#namespace(inNamespace?.values[0] ?? "");
    if (!label) {
      namespace.always.push(item);
      return;
    }
    let filed = namespace.byKey.get(label.key);
    if (!filed) namespace.byKey.set(label.key, (filed = { anyValue: [], byValue: new Map() }));
    if (label.operator === "Exists") filed.anyValue.push(item);
    else for (const value of label.values) pushTo(filed.byValue, value, item);
  }

  /** Hands over each item that may fit; one that asks for any of several values may come twice. */
  visit(labels: LabelSet, each: (item: T) => void): void {
    visitNamespace(this.#namespaces.get(""), labels, each);
    for (const { key, value } of labels.pairs) {
      if (key === namespaceKey && value !== "") visitNamespace(this.#namespaces.get(value), labels, each);
    }
  }

  #namespace(name: string): FiledNamespace<T> {
    let found = this.#namespaces.get(name);
    if (!found) this.#namespaces.set(name, (found = { always: [], byKey: new Map() }));
    return found;
  }
}

/** Composes no text: this is done for every endpoint that comes. */
function visitNamespace<T>(
  filed: FiledNamespace<T> | undefined,
  labels: LabelSet,
  each: (item: T) => void,
): void {
  if (!filed) return;
  for (const item of filed.always) each(item);
  if (filed.byKey.size === 0) return;
  const { byKey } = filed;
  if (byKey.size <= fewKeys) {
    for (const [key, found] of byKey) {
      for (const label of labels.pairs) if (label.key === key) visitKey(found, label.value, each);
    }
    return;
  }
  for (const { key, value } of labels.pairs) {
    const found = byKey.get(key);
    if (found) visitKey(found, value, each);
  }
}

function visitKey<T>(filed: FiledKey<T>, value: string, each: (item: T) => void): void {
  for (const item of filed.anyValue) each(item);
  for (const item of filed.byValue.get(value) ?? nothing) each(item);
}

const nothing: readonly never[] = [];

function isEqual({ operator, values }: LabelRequirement, most: number): boolean {
  return operator === "In" && values.length > 0 && values.length <= most;
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
