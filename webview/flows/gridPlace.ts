/** Where a table stands: kept while its page is not shown, and taken up when it shows the same view again. */
export interface GridPlace {
  readonly view: number;
  readonly following: boolean;
  /** The number of the row at the upper edge. */
  readonly topNumber: number;
  readonly activeNumber: number | null;
}

/** Reads what an earlier life of the page kept; what is none is as good as nothing. */
export function readGridPlace(kept: unknown): GridPlace | undefined {
  if (typeof kept !== "object" || kept === null) return undefined;
  const { view, following, topNumber, activeNumber } = kept as Partial<Record<keyof GridPlace, unknown>>;
  if (typeof view !== "number" || typeof following !== "boolean" || typeof topNumber !== "number") {
    return undefined;
  }
  return {
    view,
    following,
    topNumber,
    activeNumber: typeof activeNumber === "number" ? activeNumber : null,
  };
}
