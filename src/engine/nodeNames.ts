import type { FlowStore } from "../flows/flowStore.ts";

/** More than any cluster, or mesh of them, has: names without end are no names of nodes. */
const mostNodes = 1 << 16;

/**
 * Numbers nodes by their names, from 0 upwards and for as long as it lives: what is kept of each node while flows come
 * is looked up without a text. A flow that names no node is of the one with the empty name, and so are those of nodes that
 * are too many.
 */
export class NodeNames {
  readonly #store: FlowStore;
  readonly #names: string[] = [];
  readonly #numbers = new Map<string, number>();
  /** By the store's number of the name: ours and one more; 0 is not known yet. */
  #byString = new Uint32Array(256);
  #generation: number;

  constructor(store: FlowStore) {
    this.#store = store;
    this.#generation = store.generation;
    this.numberOf("");
  }

  /** The node with a name. */
  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#names.length >= mostNodes) return 0;
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  /** The node whose name is a string of the store. */
  ofString(string: number): number {
    if (this.#generation !== this.#store.generation) {
      this.#generation = this.#store.generation;
      this.#byString.fill(0);
    }
    const known = this.#byString[string] ?? 0;
    return known === 0 ? this.#learn(string) : known - 1;
  }

  nameOf(node: number): string {
    return this.#names[node] ?? "";
  }

  #learn(string: number): number {
    const node = this.numberOf(this.#store.strings.get(string) ?? "");
    if (string >= this.#byString.length) {
      const wider = new Uint32Array(Math.max(string + 1, this.#byString.length * 2));
      wider.set(this.#byString);
      this.#byString = wider;
    }
    this.#byString[string] = node + 1;
    return node;
  }
}
