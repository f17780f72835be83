import type { ColumnTest, Offsets } from "./columnTest.ts";
import type { RowSubject } from "./rowSubject.ts";

/** A question that is asked of each row by itself. */
export class RowTest implements ColumnTest {
  readonly cost: number;
  readonly holds: (slot: number) => boolean;
  readonly #subject: RowSubject;

  constructor(subject: RowSubject, cost: number, holds: (slot: number) => boolean) {
    this.#subject = subject;
    this.cost = cost;
    this.holds = holds;
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const { slot } = this.#subject;
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const offset = from[index] ?? 0;
      if (this.holds(slot + offset)) into[kept++] = offset;
    }
    return kept;
  }
}
