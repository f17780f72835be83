import type { Timestamp } from "../flow.ts";
import type { ColumnTest, Offsets } from "./columnTest.ts";
import { HeldColumn } from "./heldColumn.ts";
import type { RowSubject } from "./rowSubject.ts";

/** Does a row's time lie between two points, these included? Makes no timestamps. */
export class TimeTest implements ColumnTest {
  readonly cost = 1.5;
  readonly #subject: RowSubject;
  readonly #seconds: HeldColumn<"seconds">;
  readonly #nanos: HeldColumn<"nanos">;
  readonly #since: Timestamp;
  readonly #until: Timestamp;

  constructor(subject: RowSubject, since: Timestamp | undefined, until: Timestamp | undefined) {
    this.#subject = subject;
    this.#seconds = new HeldColumn(subject.store, "seconds");
    this.#nanos = new HeldColumn(subject.store, "nanos");
    this.#since = since ?? { seconds: -Infinity, nanos: 0 };
    this.#until = until ?? { seconds: Infinity, nanos: 0 };
  }

  holds(slot: number): boolean {
    const seconds = this.#seconds.data[slot] ?? 0;
    const [since, until] = [this.#since, this.#until];
    if (seconds > since.seconds && seconds < until.seconds) return true;
    return (
      (seconds > since.seconds ||
        (seconds === since.seconds && (this.#nanos.data[slot] ?? 0) >= since.nanos)) &&
      (seconds < until.seconds || (seconds === until.seconds && (this.#nanos.data[slot] ?? 0) <= until.nanos))
    );
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const { slot } = this.#subject;
    const seconds = this.#seconds.data;
    const [since, until] = [this.#since.seconds, this.#until.seconds];
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const offset = from[index] ?? 0;
      const second = seconds[slot + offset] ?? 0;
      // Nanoseconds matter only in the range's first and last second.
      if ((second > since && second < until) || this.holds(slot + offset)) into[kept++] = offset;
    }
    return kept;
  }
}
