import type { FlowColumns } from "../flowColumns.ts";
import type { FlowStore } from "../flowStore.ts";

/** One column of a store, found again only when the store has replaced its columns. */
export class HeldColumn<Name extends keyof FlowColumns> {
  readonly #store: FlowStore;
  readonly #name: Name;
  #columns: FlowColumns;
  #data: FlowColumns[Name];

  constructor(store: FlowStore, name: Name) {
    this.#store = store;
    this.#name = name;
    this.#columns = store.columns;
    this.#data = store.columns[name];
  }

  /** By slot; to be kept no longer than until the next append. */
  get data(): FlowColumns[Name] {
    const { columns } = this.#store;
    if (columns !== this.#columns) {
      this.#columns = columns;
      this.#data = columns[this.#name];
    }
    return this.#data;
  }
}
