import type { FlowRecord } from "./flowRecord.ts";
import { mixWord, randomHashSeed } from "./hashBytes.ts";
import { readUuid, uuidText, type UuidWords } from "./uuidText.ts";

/** What of a record a uuid is. */
export type RecordUuid = Pick<FlowRecord, "uuidForm" | "uuidText" | keyof UuidWords>;

/**
 * The uuids of held rows, by slot, and which of them are held: exact, without an object for each. One of the usual form is
 * 16 bytes; a table of open addressing, at most two thirds full, leads from its hash, which is seeded at random, to its
 * slot. Any other text lies in a map. The time goes into waiting for memory, so hashes stand in the table itself: taking a
 * uuid in, and away, looks at one place of it, and at the words of no other uuid.
 */
export class UuidTable {
  readonly #seed = randomHashSeed();
  /** Four words a slot. */
  readonly #words: Uint32Array;
  /** By slot: 0 none, 1 of the usual form, 2 any other text. */
  readonly #forms: Uint8Array;
  /** Two words a place: a slot plus one, or 0 where it is free; and its uuid's hash. */
  readonly #table: Uint32Array;
  readonly #mask: number;
  readonly #oddTexts = new Map<number, string>();
  readonly #oddSlots = new Map<string, number>();

  /** A table for so many slots, none of which has a uuid. */
  constructor(slots: number) {
    this.#words = new Uint32Array(4 * slots);
    this.#forms = new Uint8Array(slots);
    let places = 16;
    while (places < 1.5 * slots) places *= 2;
    this.#table = new Uint32Array(2 * places);
    this.#mask = places - 1;
  }

  /** Is this uuid held? An absent one never is. */
  holds(uuid: RecordUuid): boolean {
    if (uuid.uuidForm === 2) return this.#oddSlots.has(uuid.uuidText);
    if (uuid.uuidForm === 0) return false;
    const { uuid0, uuid1, uuid2, uuid3 } = uuid;
    const table = this.#table;
    const words = this.#words;
    const mask = this.#mask;
    const hash = this.#hash(uuid0, uuid1, uuid2, uuid3);
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const entry = table[2 * place] ?? 0;
      if (entry === 0) return false;
      if (table[2 * place + 1] !== hash) continue;
      const at = 4 * (entry - 1);
      if (words[at] !== uuid0 || words[at + 1] !== uuid1) continue;
      if (words[at + 2] === uuid2 && words[at + 3] === uuid3) return true;
    }
  }

  /** Is a uuid of this text held? */
  holdsText(text: string): boolean {
    const words = { uuid0: 0, uuid1: 0, uuid2: 0, uuid3: 0 };
    return this.holds({ uuidForm: readUuid(text, words) ? 1 : 2, uuidText: text, ...words });
  }

  /** Gives a slot, which must have none, a uuid that is not held. */
  put(slot: number, uuid: RecordUuid): void {
    this.#forms[slot] = uuid.uuidForm;
    if (uuid.uuidForm === 1) {
      const at = 4 * slot;
      this.#words[at] = uuid.uuid0;
      this.#words[at + 1] = uuid.uuid1;
      this.#words[at + 2] = uuid.uuid2;
      this.#words[at + 3] = uuid.uuid3;
      this.#enter(slot);
    } else if (uuid.uuidForm === 2) {
      this.#oddTexts.set(slot, uuid.uuidText);
      this.#oddSlots.set(uuid.uuidText, slot);
    }
  }

  /** The uuid of a slot, `undefined` when it has none. */
  textAt(slot: number): string | undefined {
    if (this.#forms[slot] !== 1) return this.#oddTexts.get(slot);
    const [uuid0 = 0, uuid1 = 0, uuid2 = 0, uuid3 = 0] = this.#words.subarray(4 * slot, 4 * slot + 4);
    return uuidText({ uuid0, uuid1, uuid2, uuid3 });
  }

  /** Takes a slot's uuid away, if it has one. */
  remove(slot: number): void {
    const form = this.#forms[slot];
    this.#forms[slot] = 0;
    if (form === 1) {
      this.#free(slot);
    } else if (form === 2) {
      this.#oddSlots.delete(this.#oddTexts.get(slot) ?? "");
      this.#oddTexts.delete(slot);
    }
  }

  /** Takes every slot's uuid away. */
  clear(): void {
    this.#forms.fill(0);
    this.#table.fill(0);
    this.#oddTexts.clear();
    this.#oddSlots.clear();
  }

  /** Gives slots of another table the uuids of so many slots of this one. */
  copyTo(other: UuidTable, { from, to, count }: { from: number; to: number; count: number }): void {
    other.#words.set(this.#words.subarray(4 * from, 4 * (from + count)), 4 * to);
    other.#forms.set(this.#forms.subarray(from, from + count), to);
    for (let index = 0; index < count; index++) {
      const form = this.#forms[from + index];
      if (form === 1) other.#enter(to + index);
      if (form !== 2) continue;
      const text = this.#oddTexts.get(from + index) ?? "";
      other.#oddTexts.set(to + index, text);
      other.#oddSlots.set(text, to + index);
    }
  }

  #enter(slot: number): void {
    const table = this.#table;
    const mask = this.#mask;
    const hash = this.#hashAt(slot);
    let place = hash & mask;
    while (table[2 * place] !== 0) place = (place + 1) & mask;
    table[2 * place] = slot + 1;
    table[2 * place + 1] = hash;
  }

  /** Those behind it whose way leads over its place move up, so that every way stays without a gap. */
  #free(slot: number): void {
    const table = this.#table;
    const mask = this.#mask;
    let gap = this.#hashAt(slot) & mask;
    while (table[2 * gap] !== slot + 1) gap = (gap + 1) & mask;
    for (let place = (gap + 1) & mask; ; place = (place + 1) & mask) {
      const entry = table[2 * place] ?? 0;
      if (entry === 0) break;
      const hash = table[2 * place + 1] ?? 0;
      if (((place - hash) & mask) < ((place - gap) & mask)) continue;
      table[2 * gap] = entry;
      table[2 * gap + 1] = hash;
      gap = place;
    }
    table[2 * gap] = 0;
  }

  #hashAt(slot: number): number {
    const words = this.#words;
    const at = 4 * slot;
    return this.#hash(words[at] ?? 0, words[at + 1] ?? 0, words[at + 2] ?? 0, words[at + 3] ?? 0);
  }

  /** 32 bits, without a sign. */
  #hash(uuid0: number, uuid1: number, uuid2: number, uuid3: number): number {
    const { start, first, second } = this.#seed;
    const left = mixWord(mixWord(start ^ uuid0, first, second) ^ uuid1, second, first);
    const right = mixWord(mixWord(~start ^ uuid2, second, first) ^ uuid3, first, second);
    const mixed = mixWord(left ^ mixWord(right, second, first), first, second);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  }
}
