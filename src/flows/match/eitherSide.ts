import type { ColumnTest, Offsets } from "./columnTest.ts";
import { everyRow } from "./columnTest.ts";
import { HeldColumn } from "./heldColumn.ts";
import type { NumberMemo } from "./numberMemo.ts";
import type { RowSubject } from "./rowSubject.ts";

/** Does the endpoint of one side or the other answer yes? Most filters ask so: a namespace, a pod, a label of any side. */
export class EitherSide implements ColumnTest {
  readonly cost = 3;
  readonly #subject: RowSubject;
  readonly #source: HeldColumn<"source">;
  readonly #destination: HeldColumn<"destination">;
  readonly #memo: NumberMemo;

  constructor(subject: RowSubject, memo: NumberMemo) {
    this.#subject = subject;
    this.#source = new HeldColumn(subject.store, "source");
    this.#destination = new HeldColumn(subject.store, "destination");
    this.#memo = memo;
  }

  holds(slot: number): boolean {
    const memo = this.#memo;
    return memo.answer(this.#source.data[slot] ?? 0) || memo.answer(this.#destination.data[slot] ?? 0);
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const { slot } = this.#subject;
    const source = this.#source.data;
    const destination = this.#destination.data;
    const memo = this.#memo;
    const known = memo.known();
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const offset = from === everyRow ? index : (from[index] ?? 0);
      const one = source[slot + offset] ?? 0;
      const other = destination[slot + offset] ?? 0;
      into[kept] = offset;
      // 1 is no and 2 is yes, so that the second bit of both together tells.
      kept += ((known[one] || memo.judge(one)) | (known[other] || memo.judge(other))) >> 1;
    }
    return kept;
  }
}
