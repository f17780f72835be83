import { type ColumnTest, type Offsets, wholeFlowCost } from "./columnTest.ts";
import type { RowSubject } from "./rowSubject.ts";
import { RowTest } from "./rowTest.ts";

/** A test, and of how many rows it was asked and for how many it held. */
interface Tried {
  readonly test: ColumnTest;
  asked: number;
  held: number;
}

/** Blocks between two looks at what came first best. */
const blocksPerOrder = 16;

/**
 * Do all tests hold? First goes what costs little and, as the blocks before have shown, keeps little. What asks whole
 * flows is asked last, row by row, so that no flow is decoded twice.
 */
export class AllOf implements ColumnTest {
  readonly cost: number;
  readonly #tried: Tried[];
  /** Those of {@link #tried}, for single rows. */
  readonly #tests: readonly ColumnTest[];
  #blocks = 0;

  constructor(subject: RowSubject, tests: readonly ColumnTest[]) {
    const whole = tests.filter(({ cost }) => cost >= wholeFlowCost).sort((a, b) => a.cost - b.cost);
    const ordered = tests.filter(({ cost }) => cost < wholeFlowCost).sort((a, b) => a.cost - b.cost);
    this.cost = tests.reduce((sum, { cost }) => sum + cost, 0);
    if (whole.length > 0) {
      const cost = whole.reduce((sum, each) => sum + each.cost, 0);
      ordered.push(new RowTest(subject, cost, (slot) => whole.every((test) => test.holds(slot))));
    }
    this.#tests = ordered;
    this.#tried = ordered.map((test) => ({ test, asked: 0, held: 0 }));
  }

  holds(slot: number): boolean {
    const tests = this.#tests;
    // Not with an iterator: this is asked of every flow that comes.
    for (let index = 0; index < tests.length; index++) {
      if (tests[index]?.holds(slot) === false) return false;
    }
    return true;
  }

  narrow(from: Offsets, count: number, into: Offsets): number {
    if (this.#tried.length > 1 && ++this.#blocks % blocksPerOrder === 0) this.#order();
    let rows = from;
    let left = count;
    for (const tried of this.#tried) {
      if (left === 0) return 0;
      tried.asked += left;
      left = tried.test.narrow(rows, left, into);
      tried.held += left;
      rows = into;
    }
    if (rows === from && into !== from) into.set(from.subarray(0, count));
    return left;
  }

  /** By what it costs to be rid of one row; what was seen counts half the next time. */
  #order(): void {
    this.#tried.sort((a, b) => costToDrop(a) - costToDrop(b));
    for (const tried of this.#tried) {
      tried.asked /= 2;
      tried.held /= 2;
    }
  }
}

function costToDrop({ test, asked, held }: Tried): number {
  return asked === 0 ? test.cost : test.cost / Math.max(0.001, 1 - held / asked);
}
