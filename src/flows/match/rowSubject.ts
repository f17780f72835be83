import type { Endpoint, Flow } from "../flow.ts";
import type { FlowStore } from "../flowStore.ts";
import type { RowSeams } from "./matchSeams.ts";
import { NumberMemo } from "./numberMemo.ts";

/** Where in a store tests of columns are asked: at one row, from which a block of rows may go on. */
export class RowSubject {
  readonly store: FlowStore;
  /** The row, and where it lies in the columns. */
  row = 0;
  slot = 0;
  readonly #flowAt: RowSeams["flowAt"];
  readonly #endpointMemos = new Map<string, NumberMemo>();
  #decodedRow = -1;
  #decoded: Flow | undefined;

  constructor(store: FlowStore, seams: RowSeams) {
    this.store = store;
    this.#flowAt = seams.flowAt;
  }

  /** Goes to a held row. */
  at(row: number): void {
    this.row = row;
    this.slot = this.store.slotOf(row);
  }

  /** The row in a slot of the block. */
  rowIn(slot: number): number {
    return this.row + slot - this.slot;
  }

  /** What endpoints answer to the question of this name, be they the source or the destination of a row. */
  endpointMemo(asks: string, holds: (endpoint: Endpoint) => boolean): NumberMemo {
    const { store } = this;
    let memo = this.#endpointMemos.get(asks);
    if (!memo) {
      memo = new NumberMemo(store, "endpoints", (number) => {
        const endpoint = store.endpoints.get(number);
        return endpoint !== undefined && holds(endpoint);
      });
      this.#endpointMemos.set(asks, memo);
    }
    return memo;
  }

  /** The whole flow of a row, decoded once if it is asked for several times in a row. */
  flowOf(row: number): Flow | undefined {
    if (row !== this.#decodedRow) {
      this.#decodedRow = row;
      this.#decoded = this.#flowAt?.(row);
    }
    return this.#decoded;
  }
}
