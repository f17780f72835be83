import type { PolicyName } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { type Policy, policyKey, policyName } from "./policy.ts";

/** The policies that an event names and that are loaded; `none` are, though it names some; `undefined`: it names none. */
export type LoadedPolicies = ReadonlySet<Policy> | "none" | undefined;

/** Remembers which policies the attributions of a store name, by the attributions' numbers. */
export class AttributedPolicies {
  readonly #store: FlowStore;
  readonly #byKey: ReadonlyMap<string, Policy>;
  /** By attribution: one more than the number of what is loaded of it; 0 is not known yet. */
  #numbers = new Uint32Array(256);
  readonly #loaded: LoadedPolicies[] = [undefined, "none"];
  readonly #loadedNumbers = new Map<string, number>();
  readonly #names = new Map<number, readonly string[]>();

  constructor(loaded: readonly Policy[], store: FlowStore) {
    this.#store = store;
    this.#byKey = new Map(loaded.map((policy) => [policyKey(policy), policy]));
  }

  /** A number for those that are loaded, equal for all attributions of which the same are; 0 when it names none. */
  loadedNumber(attribution: number): number {
    const known = this.#numbers[attribution] ?? 0;
    return known === 0 ? this.#learn(attribution) : known - 1;
  }

  /** Those of a number that are loaded. */
  loaded(loadedNumber: number): LoadedPolicies {
    return this.#loaded[loadedNumber];
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
    this.#numbers.fill(0);
    this.#names.clear();
  }

  #learn(attribution: number): number {
    if (attribution >= this.#numbers.length) {
      const longer = new Uint32Array(Math.max(attribution + 1, this.#numbers.length * 2));
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    const number = this.#numberFor(this.#written(attribution).map(keyOfName));
    this.#numbers[attribution] = number + 1;
    return number;
  }

  #numberFor(written: readonly string[]): number {
    if (written.length === 0) return 0;
    const keys = [...new Set(written)].filter((key) => this.#byKey.has(key)).sort();
    if (keys.length === 0) return 1;
    const text = keys.join("\n");
    const known = this.#loadedNumbers.get(text);
    if (known !== undefined) return known;
    const number = this.#loaded.push(new Set(keys.flatMap((key) => this.#byKey.get(key) ?? []))) - 1;
    this.#loadedNumbers.set(text, number);
    return number;
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
