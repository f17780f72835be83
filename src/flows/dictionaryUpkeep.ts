import type { Dictionary } from "./dictionary.ts";
import type { FlowColumns } from "./flowColumns.ts";

/** Columns that hold numbers of dictionaries. */
type NumberColumn = {
  [Name in keyof FlowColumns]: FlowColumns[Name] extends Uint32Array ? Name : never;
}[keyof FlowColumns];

/** A dictionary with all the columns that hold its numbers. */
export interface DictionaryUse {
  readonly dictionary: Pick<Dictionary<unknown>, "size" | "bytes" | "compact">;
  readonly columns: readonly NumberColumn[];
}

/** The columns, and which slots of them are in use. */
export interface HeldRows {
  readonly columns: FlowColumns;
  readonly stretches: readonly SlotStretch[];
}

/** `end` is excluded. */
export interface SlotStretch {
  readonly start: number;
  readonly end: number;
}

interface Kept extends DictionaryUse {
  /** Worth a look when it has so many numbers, … */
  sizeLimit: number;
  /** … or has grown much in bytes since it had so many. */
  bytesThen: number;
}

const smallestLimit = 1 << 12;

/**
 * Frees dictionaries of what no held row uses: pods and names come and go for ever. That costs a pass over the columns of all
 * rows, so it waits until a dictionary has doubled, or has grown by a good part of the bytes that are allowed in all.
 */
export class DictionaryUpkeep {
  readonly #kept: readonly Kept[];

  constructor(uses: readonly DictionaryUse[]) {
    this.#kept = uses.map((use) => ({ ...use, sizeLimit: smallestLimit, bytesThen: 0 }));
  }

  /** Bytes that the dictionaries hold. */
  get bytes(): number {
    let bytes = 0;
    for (const { dictionary } of this.#kept) bytes += dictionary.bytes;
    return bytes;
  }

  /** Has a dictionary doubled since it was compacted, or has it so many bytes more, and many more than it had? */
  isDue(moreBytes: number): boolean {
    for (const kept of this.#kept) if (isDue(kept, moreBytes)) return true;
    return false;
  }

  /** Compacts one dictionary that is due, so that no append takes longer; answers whether any number has changed. */
  compactDue(rows: HeldRows, moreBytes: number): boolean {
    const due = this.#kept.find((kept) => isDue(kept, moreBytes));
    return due !== undefined && compact(due, rows);
  }

  /** Compacts the dictionaries of at least so many bytes; answers whether any number has changed. */
  compactLarge(rows: HeldRows, leastBytes: number): boolean {
    const large = this.#kept.filter(({ dictionary }) => dictionary.bytes >= leastBytes);
    return large.filter((kept) => compact(kept, rows)).length > 0;
  }
}

function isDue({ dictionary, sizeLimit, bytesThen }: Kept, moreBytes: number): boolean {
  return dictionary.size >= sizeLimit || dictionary.bytes - bytesThen > Math.max(moreBytes, bytesThen / 4);
}

function compact(kept: Kept, rows: HeldRows): boolean {
  const changed = forgetUnused(kept, rows);
  kept.sizeLimit = Math.max(smallestLimit, 2 * kept.dictionary.size);
  kept.bytesThen = kept.dictionary.bytes;
  return changed;
}

/** Answers whether there was anything to forget. One column after the other, as each is a stretch of memory. */
function forgetUnused(
  { dictionary, columns: names }: DictionaryUse,
  { columns, stretches }: HeldRows,
): boolean {
  const used = new Uint8Array(dictionary.size);
  used[0] = 1;
  for (const name of names) {
    for (const { start, end } of stretches) markUsed(columns[name], { start, end }, used);
  }
  if (!used.includes(0)) return false;
  const renumbered = dictionary.compact(used);
  for (const name of names) {
    for (const { start, end } of stretches) renumber(columns[name], { start, end }, renumbered);
  }
  return true;
}

function markUsed(column: Uint32Array, { start, end }: SlotStretch, used: Uint8Array): void {
  for (let slot = start; slot < end; slot++) used[column[slot] ?? 0] = 1;
}

function renumber(column: Uint32Array, { start, end }: SlotStretch, renumbered: Uint32Array): void {
  for (let slot = start; slot < end; slot++) column[slot] = renumbered[column[slot] ?? 0] ?? 0;
}
