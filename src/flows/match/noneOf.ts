import { blockRows, type ColumnTest, type Offsets } from "./columnTest.ts";

/** Does a test not hold? */
export class NoneOf implements ColumnTest {
  readonly cost: number;
  readonly #test: ColumnTest;
  readonly #found: Offsets = new Uint16Array(blockRows);

  constructor(test: ColumnTest) {
    this.#test = test;
    this.cost = test.cost + 1;
  }

  holds(slot: number): boolean {
    return !this.#test.holds(slot);
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const found = this.#found;
    const out = this.#test.narrow(from, count, found);
    let kept = 0;
    let at = 0;
    for (let index = 0; index < count; index++) {
      const offset = from[index] ?? 0;
      if (at < out && found[at] === offset) at += 1;
      else into[kept++] = offset;
    }
    return kept;
  }
}
