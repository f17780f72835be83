import type { PolicyName } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { type Policy, policyKey, policyName } from "./policy.ts";

/** The policies that an event names and that are loaded; `none` are, though it names some; `undefined`: it names none. */
export type LoadedPolicies = ReadonlySet<Policy> | "none" | undefined;

/** Remembers which policies the attributions of a store name, by the attributions' numbers. */
export class AttributedPolicies {
  readonly #store: FlowStore;
  readonly #byKey: ReadonlyMap<string, Policy>;
  readonly #loaded = new Map<number, LoadedPolicies>();
  readonly #names = new Map<number, readonly string[]>();

  constructor(loaded: readonly Policy[], store: FlowStore) {
    this.#store = store;
    this.#byKey = new Map(loaded.map((policy) => [policyKey(policy), policy]));
  }

  /** Those that are loaded. */
  loaded(number: number): LoadedPolicies {
    if (this.#loaded.has(number)) return this.#loaded.get(number);
    const written = this.#written(number);
    const known = written.flatMap((name) => this.#byKey.get(keyOfName(name)) ?? []);
    const made = written.length === 0 ? undefined : known.length === 0 ? "none" : new Set(known);
    this.#loaded.set(number, made);
    return made;
  }

  /** All of them, as people call them. */
  names(number: number): readonly string[] {
    const known = this.#names.get(number);
    if (known) return known;
    const made = [...new Set(this.#written(number).map(policyName))];
    this.#names.set(number, made);
    return made;
  }

  /** Forgets everything: the store's numbers have changed their meaning. */
  clear(): void {
    this.#loaded.clear();
    this.#names.clear();
  }

  /** What the agent made up itself has no name. */
  #written(number: number): readonly PolicyName[] {
    const attribution = number === 0 ? undefined : this.#store.attributions.get(number);
    const named = attribution ? [...attribution.allowedBy, ...attribution.deniedBy] : [];
    return named.filter(({ name }) => name !== "");
  }
}

/** Hubble may name kinds that are not ours: their key is nobody's. */
function keyOfName({ kind, namespace, name }: PolicyName): string {
  return `${kind}|${namespace}|${name}`;
}
