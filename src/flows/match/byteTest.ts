import { type ColumnTest, everyRow, type Offsets } from "./columnTest.ts";
import { HeldColumn } from "./heldColumn.ts";
import type { RowSubject } from "./rowSubject.ts";

/** The columns of single bytes that filters ask of. */
export type ByteColumn =
  | "verdict"
  | "eventType"
  | "trafficDirection"
  | "isReply"
  | "ipVersion"
  | "protocol"
  | "l7Type";

/** Is a column of bytes one of some values? Asked of a table of all 256. */
export class ByteTest implements ColumnTest {
  readonly cost = 1;
  readonly #subject: RowSubject;
  readonly #column: HeldColumn<ByteColumn>;
  /** 1 for each value that is meant. */
  readonly #table = new Uint8Array(256);

  constructor(subject: RowSubject, column: ByteColumn, values: readonly number[]) {
    this.#subject = subject;
    this.#column = new HeldColumn(subject.store, column);
    for (const value of values) this.#table[value] = 1;
  }

  holds(slot: number): boolean {
    return this.#table[this.#column.data[slot] ?? 0] === 1;
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const { slot } = this.#subject;
    const { data } = this.#column;
    const table = this.#table;
    let kept = 0;
    // Without a branch: whether a row stays cannot be foreseen.
    if (from === everyRow) {
      for (let offset = 0; offset < count; offset++) {
        into[kept] = offset;
        kept += table[data[slot + offset] ?? 0] ?? 0;
      }
      return kept;
    }
    for (let index = 0; index < count; index++) {
      const offset = from[index] ?? 0;
      into[kept] = offset;
      kept += table[data[slot + offset] ?? 0] ?? 0;
    }
    return kept;
  }
}
