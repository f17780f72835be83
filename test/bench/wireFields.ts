/** One field of an encoded message. */
export interface WireField {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  /** Where its value begins, behind its length if it has one. */
  readonly valueStart: number;
  readonly end: number;
}

/** The fields of a well-formed message that lies between two places. */
export function* fieldsOf(bytes: Uint8Array, start: number, end: number): Generator<WireField> {
  for (let at = start; at < end; ) {
    const tag = readVarint(bytes, at);
    const wireType = tag.value & 7;
    const value = wireType === 2 || wireType === 0 ? readVarint(bytes, tag.end) : { value: 0, end: tag.end };
    const fixed = wireType === 1 ? 8 : wireType === 5 ? 4 : 0;
    const valueStart = wireType === 0 ? tag.end : value.end;
    const fieldEnd = wireType === 2 ? value.end + value.value : value.end + fixed;
    yield { number: tag.value >>> 3, wireType, start: at, valueStart, end: fieldEnd };
    at = fieldEnd;
  }
}

/** Reads an integer of up to 2⁵³. */
export function readVarint(
  bytes: Uint8Array,
  start: number,
): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let at = start, scale = 1; ; at++, scale *= 128) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * scale;
    if (byte < 128) return { value, end: at + 1 };
  }
}
