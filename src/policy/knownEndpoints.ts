import type { FlowStore } from "../flows/flowStore.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import { type LabelSet, labelsOf } from "./labelSet.ts";
import { peerNameOf } from "./peerName.ts";

const known = new WeakMap<FlowStore, KnownEndpoints>();

/** What is known of the endpoints of a store: one for all who count its rows. */
export function knownEndpointsOf(store: FlowStore): KnownEndpoints {
  const found = known.get(store);
  if (found) return found;
  const made = new KnownEndpoints(store);
  known.set(store, made);
  return made;
}

/**
 * What an endpoint of a store is to any policy, by its number: a policy that is counted anew asks all of them again, and
 * the memory of the endpoints themselves is slow to ask when they are many.
 */
class KnownEndpoints {
  readonly #store: FlowStore;
  #generation: number;
  #labels: (LabelSet | undefined)[] = [];
  #podNames: (string | undefined)[] = [];

  constructor(store: FlowStore) {
    this.#store = store;
    this.#generation = store.generation;
  }

  labels(number: number): LabelSet {
    this.#followStore();
    return (this.#labels[number] ??= labelsOf(this.#store.endpoints.get(number) ?? unknownEndpoint));
  }

  /** What its pod is called; `undefined`: it is none, or has no name. */
  podName(number: number): string | undefined {
    this.#followStore();
    const name = this.#podNames[number];
    if (name !== undefined) return name === "" ? undefined : name;
    const endpoint = this.#store.endpoints.get(number);
    const made = !endpoint || endpoint.podName === "" ? "" : peerNameOf(endpoint, "");
    this.#podNames[number] = made;
    return made === "" ? undefined : made;
  }

  #followStore(): void {
    if (this.#generation === this.#store.generation) return;
    this.#generation = this.#store.generation;
    this.#labels = [];
    this.#podNames = [];
  }
}
