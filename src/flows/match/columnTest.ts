/**
 * Which rows of a block are meant, by how far each is from the block's first: at most {@link blockRows} of them, in
 * order. Small, so that several such lists stay in the processor's first cache.
 */
export type Offsets = Uint16Array;

/** So many rows are judged together at most. */
export const blockRows = 4096;

/** All rows of a block: tests know it, and need not look the rows up in it. */
export const everyRow: Offsets = Uint16Array.from({ length: blockRows }, (_, offset) => offset);

/** What decoding a whole flow costs, in the measure of {@link ColumnTest.cost}. */
export const wholeFlowCost = 20_000;

/**
 * A question about held rows that mostly columns answer. It is asked where a `RowSubject` stands: of the one row there,
 * or of a block of rows from there on, whose slots follow each other.
 */
export interface ColumnTest {
  /** What it costs to ask it of one row, in ns and very roughly. */
  readonly cost: number;
  /** Does it hold for the row in this slot, that of the subject or one of its block? */
  holds(slot: number): boolean;
  /**
   * Writes those of the first `count` rows in `from` for which it holds to `into`, in order, and answers how many those
   * are. `into` may be `from`; what it holds behind them is undefined.
   */
  narrow(from: Offsets, count: number, into: Offsets): number;
}
