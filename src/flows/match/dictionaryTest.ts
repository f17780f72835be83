import { type ColumnTest, everyRow, type Offsets } from "./columnTest.ts";
import type { TextColumn } from "./fieldTest.ts";
import { HeldColumn } from "./heldColumn.ts";
import type { NumberMemo } from "./numberMemo.ts";
import type { RowSubject } from "./rowSubject.ts";

/** The columns of numbers of a dictionary that filters ask of. */
export type DictionaryColumn = "source" | "destination" | "l7Record" | "attribution" | TextColumn;

/** Asks something of what a column's numbers stand for: once of each number, whatever the rows that have it. */
export class DictionaryTest implements ColumnTest {
  readonly cost = 2;
  readonly column: DictionaryColumn;
  readonly #subject: RowSubject;
  readonly #column: HeldColumn<DictionaryColumn>;
  readonly memo: NumberMemo;

  /** The memo is of the column's dictionary; several tests that ask the same may share it. */
  constructor(subject: RowSubject, column: DictionaryColumn, memo: NumberMemo) {
    this.#subject = subject;
    this.column = column;
    this.#column = new HeldColumn(subject.store, column);
    this.memo = memo;
  }

  holds(slot: number): boolean {
    return this.memo.answer(this.#column.data[slot] ?? 0);
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const { slot } = this.#subject;
    const { data } = this.#column;
    const memo = this.memo;
    const known = memo.known();
    let kept = 0;
    if (from === everyRow) {
      for (let offset = 0; offset < count; offset++) {
        const number = data[slot + offset] ?? 0;
        into[kept] = offset;
        kept += (known[number] || memo.judge(number)) - 1;
      }
      return kept;
    }
    for (let index = 0; index < count; index++) {
      const offset = from[index] ?? 0;
      const number = data[slot + offset] ?? 0;
      into[kept] = offset;
      kept += (known[number] || memo.judge(number)) - 1;
    }
    return kept;
  }
}
