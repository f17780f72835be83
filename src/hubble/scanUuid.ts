import type { FlowRecord } from "../flows/flowRecord.ts";

/** The value of a lower-case hexadecimal digit by its code; negative for what is none. */
const digitValues = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) digitValues[value.toString(16).charCodeAt(0)] = value;

const dash = 0x2d;

/** The length in bytes of a uuid of the usual form. */
export const usualUuidLength = 36;

/** Writes the uuid of that length that begins there into the record, if it is 8-4-4-4-12 digits in lower case. */
export function scanUuid(bytes: Uint8Array, start: number, record: FlowRecord): boolean {
  if (bytes[start + 8] !== dash || bytes[start + 13] !== dash) return false;
  if (bytes[start + 18] !== dash || bytes[start + 23] !== dash) return false;
  const a = fourDigits(bytes, start);
  const b = fourDigits(bytes, start + 4);
  const c = fourDigits(bytes, start + 9);
  const d = fourDigits(bytes, start + 14);
  const e = fourDigits(bytes, start + 19);
  const f = fourDigits(bytes, start + 24);
  const g = fourDigits(bytes, start + 28);
  const h = fourDigits(bytes, start + 32);
  if ((a | b | c | d | e | f | g | h) < 0) return false;
  record.uuid0 = ((a << 16) | b) >>> 0;
  record.uuid1 = ((c << 16) | d) >>> 0;
  record.uuid2 = ((e << 16) | f) >>> 0;
  record.uuid3 = ((g << 16) | h) >>> 0;
  return true;
}

/** 16 bits; negative when one of the four is no digit. */
function fourDigits(bytes: Uint8Array, at: number): number {
  return (
    (digit(bytes, at) << 12) |
    (digit(bytes, at + 1) << 8) |
    (digit(bytes, at + 2) << 4) |
    digit(bytes, at + 3)
  );
}

function digit(bytes: Uint8Array, at: number): number {
  return digitValues[bytes[at] ?? 0] ?? -1;
}
