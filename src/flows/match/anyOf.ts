import { blockRows, type ColumnTest, type Offsets } from "./columnTest.ts";

/** Does one of several tests hold? None of none does. Each is asked only of the rows for which none before it held. */
export class AnyOf implements ColumnTest {
  readonly cost: number;
  readonly #tests: readonly ColumnTest[];
  readonly #open: Offsets = new Uint16Array(blockRows);
  readonly #found: Offsets = new Uint16Array(blockRows);
  /** 1 for each row of the block for which one held; zeroes between two blocks. */
  readonly #marks = new Uint8Array(blockRows);

  constructor(tests: readonly ColumnTest[]) {
    this.#tests = [...tests].sort((a, b) => a.cost - b.cost);
    this.cost = tests.reduce((sum, { cost }) => sum + cost, tests.length);
  }

  holds(slot: number): boolean {
    for (const test of this.#tests) if (test.holds(slot)) return true;
    return false;
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    const marks = this.#marks;
    const found = this.#found;
    let open = from;
    let left = count;
    for (const test of this.#tests) {
      const held = test.narrow(open, left, found);
      for (let index = 0; index < held; index++) marks[found[index] ?? 0] = 1;
      if (held === 0) continue;
      left = withoutMarked(open, left, { marks, into: this.#open });
      open = this.#open;
      if (left === 0) break;
    }
    let kept = 0;
    for (let index = 0; index < count; index++) {
      const offset = from[index] ?? 0;
      into[kept] = offset;
      kept += marks[offset] ?? 0;
      marks[offset] = 0;
    }
    return kept;
  }
}

function withoutMarked(
  from: Offsets,
  count: number,
  { marks, into }: { readonly marks: Uint8Array; readonly into: Offsets },
): number {
  let kept = 0;
  for (let index = 0; index < count; index++) {
    const offset = from[index] ?? 0;
    into[kept] = offset;
    kept += 1 - (marks[offset] ?? 0);
  }
  return kept;
}
