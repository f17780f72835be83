import { type ColumnTest, everyRow, type Offsets } from "./columnTest.ts";
import { HeldColumn } from "./heldColumn.ts";
import type { RowSubject } from "./rowSubject.ts";

/** The columns of 16 bits that filters ask of. */
export type ShortColumn = "sourcePort" | "destinationPort" | "tcpFlags";

/** Is a column of 16 bits one of some values? A single one is compared with, of several a table is asked. */
export class ShortTest implements ColumnTest {
  readonly cost = 1.1;
  readonly #subject: RowSubject;
  readonly #column: HeldColumn<ShortColumn>;
  readonly #only: number | undefined;
  /** 1 for each value that is meant; empty when it is only one. */
  readonly #table: Uint8Array;

  constructor(subject: RowSubject, column: ShortColumn, values: readonly number[]) {
    this.#subject = subject;
    this.#column = new HeldColumn(subject.store, column);
    this.#only = values.length === 1 ? values[0] : undefined;
    this.#table = new Uint8Array(this.#only === undefined ? 1 << 16 : 0);
    if (this.#only === undefined) for (const value of values) this.#table[value] = 1;
  }

  holds(slot: number): boolean {
    const value = this.#column.data[slot] ?? 0;
    return this.#only === undefined ? this.#table[value] === 1 : value === this.#only;
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const { slot } = this.#subject;
    const { data } = this.#column;
    let kept = 0;
    // Without a branch: whether a row stays cannot be foreseen.
    if (this.#only === undefined) {
      const table = this.#table;
      for (let index = 0; index < count; index++) {
        const offset = from[index] ?? 0;
        into[kept] = offset;
        kept += table[data[slot + offset] ?? 0] ?? 0;
      }
      return kept;
    }
    const only = this.#only;
    // 1 where both are the same, else 0: only 0 less 1 has the sign's bit.
    if (from === everyRow) {
      for (let offset = 0; offset < count; offset++) {
        into[kept] = offset;
        kept += (((data[slot + offset] ?? 0) ^ only) - 1) >>> 31;
      }
      return kept;
    }
    for (let index = 0; index < count; index++) {
      const offset = from[index] ?? 0;
      into[kept] = offset;
      kept += (((data[slot + offset] ?? 0) ^ only) - 1) >>> 31;
    }
    return kept;
  }
}
