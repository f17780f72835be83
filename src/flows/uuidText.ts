const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const usualForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The 16 bytes of a uuid as four words, big-endian, each from 0 to 2³² - 1. */
export interface UuidWords {
  uuid0: number;
  uuid1: number;
  uuid2: number;
  uuid3: number;
}

/** Reads a uuid of the usual form, in lower case, into words; false when the text is none. */
export function readUuid(text: string, words: UuidWords): boolean {
  if (!usualForm.test(text)) return false;
  words.uuid0 = Number.parseInt(text.slice(0, 8), 16);
  words.uuid1 = Number.parseInt(text.slice(9, 13) + text.slice(14, 18), 16);
  words.uuid2 = Number.parseInt(text.slice(19, 23) + text.slice(24, 28), 16);
  words.uuid3 = Number.parseInt(text.slice(28), 16);
  return true;
}

/** The text of a uuid of the usual form. */
export function uuidText({ uuid0, uuid1, uuid2, uuid3 }: UuidWords): string {
  return `${hex(uuid0)}-${half(uuid1 >>> 16)}-${half(uuid1)}-${half(uuid2 >>> 16)}-${half(uuid2)}${hex(uuid3)}`;
}

function hex(word: number): string {
  return half(word >>> 16) + half(word);
}

function half(value: number): string {
  return (hexOfByte[(value >>> 8) & 0xff] ?? "") + (hexOfByte[value & 0xff] ?? "");
}
