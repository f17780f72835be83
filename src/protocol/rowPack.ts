import type { FlowRow, PackedRowWindow, RowWindow, VerdictTone } from "./engine.ts";

/*
 * The lines of a table as one buffer, which goes from thread to thread without being copied. Numbers in the order of this
 * machine, as it never leaves it:
 *
 *   header    6 × uint32: format, rows, strings, units of their text, bytes of a unit, 1 spare
 *   rows      float64 each: row in the store, then float64 each: time in ms
 *   lengths   uint32 each: of the strings, in UTF-16 units
 *   columns   six times uint32 each: source, destination, port, event, verdict, summary, as numbers of strings; a notice
 *             has its text in the first
 *   tones     uint8 each, to a multiple of four: 0 is a notice
 *   text      all strings, one after the other: uint16 each unit, or uint8 where no unit is above 255
 */
const format = 0x524f_5701;
const headerWords = 6;
const headerBytes = headerWords * 4;
const textColumns = 6;
const tones: readonly (VerdictTone | undefined)[] = [
  undefined,
  "forwarded",
  "denied",
  "error",
  "audited",
  "other",
] satisfies readonly (VerdictTone | undefined)[];
/** As many as a call takes as arguments on any machine. */
const unitsAtOnce = 8_192;

/** Where the parts of a pack begin, and how long it is. */
interface Layout {
  readonly times: number;
  readonly lengths: number;
  readonly columns: number;
  readonly tones: number;
  readonly text: number;
  readonly end: number;
}

function layoutOf(rows: number, strings: number, textBytes: number): Layout {
  const times = headerBytes + 8 * rows;
  const lengths = times + 8 * rows;
  const columns = lengths + 4 * strings;
  const toneBytes = columns + 4 * textColumns * rows;
  const text = toneBytes + 4 * Math.ceil(rows / 4);
  return { times, lengths, columns, tones: toneBytes, text, end: text + textBytes };
}

/** Packs a window's rows, to be sent. */
export function packWindow({ rows, ...window }: RowWindow): PackedRowWindow {
  return { ...window, packed: packRows(rows) };
}

/** A window that was sent, with its rows; throws an `Error` when they are broken. */
export function unpackWindow({ packed, ...window }: PackedRowWindow): RowWindow {
  return { ...window, rows: unpackRows(packed) };
}

/** Packs lines of a table; equal texts are written once. */
export function packRows(rows: readonly FlowRow[]): ArrayBuffer {
  const numbers = new Map<string, number>();
  const cells = new Uint32Array(rows.length * textColumns);
  const numberOf = (text: string): number => {
    const known = numbers.get(text);
    if (known !== undefined) return known;
    numbers.set(text, numbers.size);
    return numbers.size - 1;
  };
  for (const [index, row] of rows.entries()) {
    const at = index * textColumns;
    if (row.type === "notice") {
      cells[at] = numberOf(row.text);
      continue;
    }
    cells[at] = numberOf(row.source);
    cells[at + 1] = numberOf(row.destination);
    cells[at + 2] = numberOf(row.port);
    cells[at + 3] = numberOf(row.event);
    cells[at + 4] = numberOf(row.verdict);
    cells[at + 5] = numberOf(row.summary);
  }
  const strings = [...numbers.keys()];
  const text = strings.join("");
  const unitBytes = isNarrow(text) ? 1 : 2;
  const layout = layoutOf(rows.length, strings.length, text.length * unitBytes);
  const buffer = new ArrayBuffer(layout.end);
  new Uint32Array(buffer, 0, headerWords).set([format, rows.length, strings.length, text.length, unitBytes]);
  const rowNumbers = new Float64Array(buffer, headerBytes, rows.length);
  const times = new Float64Array(buffer, layout.times, rows.length);
  const toneNumbers = new Uint8Array(buffer, layout.tones, rows.length);
  for (const [index, row] of rows.entries()) {
    rowNumbers[index] = row.row;
    times[index] = row.timeMs;
    toneNumbers[index] = row.type === "notice" ? 0 : tones.indexOf(row.tone);
  }
  const lengths = new Uint32Array(buffer, layout.lengths, strings.length);
  for (const [index, { length }] of strings.entries()) lengths[index] = length;
  new Uint32Array(buffer, layout.columns, cells.length).set(cells);
  const units = unitsAt(buffer, layout.text, unitBytes);
  for (let index = 0; index < text.length; index++) units[index] = text.charCodeAt(index);
  return buffer;
}

/** The lines that were packed; throws an `Error` for what is no such buffer, or not a whole one. */
export function unpackRows(buffer: ArrayBuffer): FlowRow[] {
  if (buffer.byteLength < headerBytes) throw broken();
  const header = new Uint32Array(buffer, 0, headerWords);
  const [version, count = 0, stringCount = 0, textUnits = 0, unitBytes = 0] = header;
  if (version !== format || (unitBytes !== 1 && unitBytes !== 2)) throw broken();
  const layout = layoutOf(count, stringCount, textUnits * unitBytes);
  if (layout.end !== buffer.byteLength) throw broken();
  const lengths = new Uint32Array(buffer, layout.lengths, stringCount);
  const strings = stringsOf(unitsAt(buffer, layout.text, unitBytes), lengths);
  const rowNumbers = new Float64Array(buffer, headerBytes, count);
  const times = new Float64Array(buffer, layout.times, count);
  const cells = new Uint32Array(buffer, layout.columns, count * textColumns);
  const toneNumbers = new Uint8Array(buffer, layout.tones, count);
  const cell = (at: number): string => {
    const text = strings[cells[at] ?? 0];
    if (text === undefined) throw broken();
    return text;
  };
  return Array.from(toneNumbers, (toneNumber, index): FlowRow => {
    const at = index * textColumns;
    const row = rowNumbers[index] ?? 0;
    const timeMs = times[index] ?? 0;
    if (toneNumber === 0) return { type: "notice", row, timeMs, text: cell(at) };
    const tone = tones[toneNumber];
    if (tone === undefined) throw broken();
    return {
      type: "flow",
      row,
      timeMs,
      source: cell(at),
      destination: cell(at + 1),
      port: cell(at + 2),
      event: cell(at + 3),
      verdict: cell(at + 4),
      tone,
      summary: cell(at + 5),
    };
  });
}

/** Reads the text once: cutting it is far cheaper than reading each string. */
function stringsOf(units: Uint8Array | Uint16Array, lengths: Uint32Array): readonly string[] {
  let whole = "";
  for (let from = 0; from < units.length; from += unitsAtOnce) {
    whole += String.fromCharCode(...units.subarray(from, from + unitsAtOnce));
  }
  const strings: string[] = [];
  let from = 0;
  for (const length of lengths) {
    strings.push(whole.slice(from, from + length));
    from += length;
  }
  if (from !== whole.length) throw broken();
  return strings;
}

function isNarrow(text: string): boolean {
  for (let index = 0; index < text.length; index++) if (text.charCodeAt(index) > 0xff) return false;
  return true;
}

function unitsAt(buffer: ArrayBuffer, from: number, unitBytes: number): Uint8Array | Uint16Array {
  return unitBytes === 1 ? new Uint8Array(buffer, from) : new Uint16Array(buffer, from);
}

function broken(): Error {
  return new Error("The rows came broken from the engine.");
}
