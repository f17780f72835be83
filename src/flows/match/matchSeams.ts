import type { Flow } from "../flow.ts";
import type { Refusal } from "./filterProblem.ts";

/**
 * Does an expression hold for a flow? Where `raw` (the event as it came) is given, it is asked and not `flow`. `failed`:
 * it has no answer for this flow; then those after it are not asked either, and the filter does not hold.
 */
export type CelTest = (flow: Flow, raw: Uint8Array | undefined) => boolean | "failed";

/** Compiles an expression over `_flow`. */
export type CompileCel = (expression: string) => CelTest | Refusal;

/** What matching needs of those who know the wire. */
export interface MatchSeams {
  /** Without it, filters with expressions are refused. */
  readonly compileCel?: CompileCel;
}

/** The seams of matching held rows. */
export interface RowSeams extends MatchSeams {
  /**
   * The whole flow of a held row: asked only for what no column holds, and only when all else holds. Without it, or
   * where it answers `undefined` because no raw event is kept, such a field does not hold.
   */
  readonly flowAt?: (row: number) => Flow | undefined;
  /** Was a flow decided by the selection's rule? Asked when all that columns tell holds; without it the rule asks nothing. */
  readonly decides?: (row: number) => boolean;
}
