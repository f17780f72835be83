import { bufferView } from "./bufferView.ts";
import { hashBytes, hashEnds, type HashSeed, randomHashSeed } from "./hashBytes.ts";
import { writeUtf8Into } from "./utf8.ts";

/** Keys lie in segments of so many bytes; a longer key has one of its own. */
const segmentBytes = 1 << 18;
/** Keys start at words of four bytes, so that a place, in words, is one 32-bit number: 2¹⁶ segments of 2¹⁶ words. */
const wordsBits = 16;
const firstNumbers = 64;
/** So many values are held that can be made again: one of an endpoint takes some 2 KB. */
const mostMade = 1 << 15;
/** A dictionary of few keys holds little memory: its segments grow with it. */
const firstSegmentBytes = 1 << 12;
/** Words in a place of the tables: a number, or 0; a hash; and where the key lies and how long it is. */
const placeWords = 4;
const placeBits = 2;
/** Of the table of guesses four places are looked at: as much as is one line of memory. */
const rowWords = 4 * placeWords;
/** Keys of so many bytes are guessed by their ends before they are hashed whole. */
const longKey = 256;

/**
 * Numbers equal values by their bytes: each distinct key gets one small number, from 1 upwards; 0 stands for "absent".
 * A key costs no object: its bytes lie in an arena, its number in a table of open addressing, where it is found by a hash
 * of all its bytes, seeded at random; a hit is compared whole. Looking up allocates nothing. A value is made of its key
 * when it is asked for, and stays for a while.
 */
export class Dictionary<T> {
  readonly #read: (bytes: Uint8Array) => T;
  readonly #seed: HashSeed = randomHashSeed();
  /** Values by number, those that were made or asked for of late. */
  #values: (T | undefined)[] = [undefined];
  #made = 0;
  /** Values that came as such: what they were is not known of their keys. */
  #given = new Map<number, T>();
  readonly #segments: (DataView | undefined)[] = [];
  /** The segment that takes new keys, and the bytes used of it. */
  #newest = 0;
  #used = 0;
  #arenaBytes = 0;
  /** Two words a number: its key's place (segment, then word) and length. */
  #entries = new Uint32Array(3 * firstNumbers);
  /**
   * A place where a hash, or a collision with it, leads. At most three quarters full. All that leads to the key is in one line of
   * memory; with the hashes in it, it grows from one end to the other, instead of from one place in memory to any other.
   */
  #table = new Uint32Array(2 * placeWords * firstNumbers);
  /**
   * Of long keys: the one that was last found where the hash of its ends leads, as in {@link #table}. Number 0 with a hash:
   * several have these ends. As large as the table once there are long keys.
   */
  #guesses = new Uint32Array(0);
  #size = 1;
  /** The hash of the key that was not found last. */
  #missedHash = 0;

  /** `read` makes a value of its key's bytes, a view that is not to be kept; it must not throw. */
  constructor(read: (bytes: Uint8Array) => T) {
    this.#read = read;
  }

  /** How many numbers are given out, the absent one included. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of memory that keys take, with the tables that find them. Values, some ten thousand at most, are not counted. */
  get bytes(): number {
    return this.#arenaBytes + this.#entries.byteLength + this.#table.byteLength + this.#guesses.byteLength;
  }

  /** The number of the key that these bytes are; they are copied when it is new. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    return this.find(bytes, start, end) || this.#add(bytes.subarray(start, end), this.#missedHash);
  }

  /** As {@link intern}, but 0 for a key that is new: it stays unknown. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const view = bufferView(bytes);
    const from = bytes.byteOffset + start;
    const length = end - start;
    if (length >= longKey) return this.#findLong(view, from, length);
    const at = this.#seek(view, from, length);
    return at < 0 ? 0 : (this.#table[at] ?? 0);
  }

  /** The number of a key in UTF-8, with its value: for what does not come as bytes. */
  internValue(key: string, value: T): number {
    const length = writeKey(key);
    const number = this.intern(keyBytes, 0, length);
    if (!this.#given.has(number)) this.#given.set(number, value);
    return number;
  }

  /** The number of a key in UTF-8 that was interned before, else 0. */
  numberOf(key: string): number {
    const length = writeKey(key);
    return this.find(keyBytes, 0, length);
  }

  /** The value behind a number; `undefined` for 0 and for numbers never given out. */
  get(number: number): T | undefined {
    const value = this.#values[number];
    if (value !== undefined) return value;
    const bytes = this.bytesAt(number);
    if (!bytes) return undefined;
    if (this.#made >= mostMade) {
      this.#values = new Array<T | undefined>(this.#size).fill(undefined);
      this.#made = 0;
    }
    const made = this.#given.get(number) ?? this.#read(bytes);
    this.#values[number] = made;
    this.#made += 1;
    return made;
  }

  /** The key of a number: a view that is not to be written; `undefined` for 0 and for numbers never given out. */
  bytesAt(number: number): Uint8Array | undefined {
    if (number <= 0 || number >= this.#size) return undefined;
    const place = this.#entries[2 * number] ?? 0;
    const segment = this.#segments[place >>> wordsBits];
    const offset = placeOffset(place);
    return segment && new Uint8Array(segment.buffer, offset, this.#entries[2 * number + 1]);
  }

  /**
   * Forgets every value whose number is not in `used` and renumbers the rest, in their order.
   * Answers the new number for each old one (0 where it was forgotten).
   */
  compact(used: Uint8Array): Uint32Array {
    const [oldSize, entries, values] = [this.#size, this.#entries, this.#values];
    const renumbered = new Uint32Array(oldSize);
    const moved = this.#freeSegments(used);
    let size = 1;
    for (let number = 1; number < oldSize; number++) {
      if (used[number] !== 1) continue;
      renumbered[number] = size;
      entries[2 * size] = entries[2 * number] ?? 0;
      entries[2 * size + 1] = entries[2 * number + 1] ?? 0;
      values[size] = values[number];
      size++;
    }
    this.#size = size;
    values.length = size;
    this.#given = new Map(
      [...this.#given]
        .filter(([number]) => used[number] === 1)
        .map(([number, value]) => [renumbered[number] ?? 0, value]),
    );
    if (moved.size > 0) this.#moveKeys(moved);
    this.#resize(size, renumbered);
    return renumbered;
  }

  /** Frees the segments of which no key is used, and takes out those of which little is: their keys must move. */
  #freeSegments(used: Uint8Array): ReadonlyMap<number, DataView> {
    const [size, entries] = [this.#size, this.#entries];
    const usedBytes = new Float64Array(this.#segments.length);
    for (let number = 1; number < size; number++) {
      if (used[number] !== 1) continue;
      const segment = (entries[2 * number] ?? 0) >>> wordsBits;
      usedBytes[segment] = (usedBytes[segment] ?? 0) + roomFor(entries[2 * number + 1] ?? 0);
    }
    const moved = new Map<number, DataView>();
    for (const [index, segment] of this.#segments.entries()) {
      if (!segment) continue;
      const held = usedBytes[index] ?? 0;
      if (2 * held >= segment.byteLength || (held > 0 && index === this.#newest)) continue;
      if (held > 0) moved.set(index, segment);
      this.#segments[index] = undefined;
      this.#arenaBytes -= segment.byteLength;
    }
    return moved;
  }

  #moveKeys(moved: ReadonlyMap<number, DataView>): void {
    // Segments taken out are found by their index: new ones must not take it before the move is over.
    const taken = [...moved.keys()];
    for (const index of taken) this.#segments[index] = moved.get(index);
    for (let number = 1; number < this.#size; number++) {
      const place = this.#entries[2 * number] ?? 0;
      const segment = moved.get(place >>> wordsBits);
      if (!segment) continue;
      const offset = placeOffset(place);
      const bytes = new Uint8Array(segment.buffer, offset, this.#entries[2 * number + 1] ?? 0);
      this.#entries[2 * number] = this.#keep(bytes);
    }
    for (const index of taken) this.#segments[index] = undefined;
  }

  #add(bytes: Uint8Array, hash: number): number {
    const number = this.#size;
    if (4 * placeWords * (number + 1) > 3 * this.#table.length) this.#resize(number + 1, undefined);
    const place = this.#keep(bytes);
    this.#entries[2 * number] = place;
    this.#entries[2 * number + 1] = bytes.length;
    this.#values.push(undefined);
    this.#size = number + 1;
    enter(this.#table, { number, hash, place, length: bytes.length });
    return number;
  }

  /** Copies a key into the arena and answers its place. */
  #keep(bytes: Uint8Array): number {
    let segment = this.#segments[this.#newest];
    if (!segment || this.#used + (bytes.length || 1) > segment.byteLength) {
      const size = Math.max(
        bytes.length,
        Math.min(segmentBytes, Math.max(firstSegmentBytes, this.#arenaBytes)),
      );
      segment = new DataView(new ArrayBuffer(size));
      const free = this.#segments.indexOf(undefined);
      this.#newest = free < 0 ? this.#segments.length : free;
      this.#segments[this.#newest] = segment;
      this.#arenaBytes += size;
      this.#used = 0;
    }
    const offset = this.#used;
    new Uint8Array(segment.buffer).set(bytes, offset);
    this.#used = offset + roomFor(bytes.length);
    return (this.#newest << wordsBits) | (offset >>> 2);
  }

  /** Makes tables for at least so many numbers. What was `renumbered` is entered by its new number, or not when that is 0. */
  #resize(size: number, renumbered: Uint32Array | undefined): void {
    const old = this.#table;
    let places = 2 * firstNumbers;
    while (3 * places < 4 * size) places *= 2;
    // As many numbers as the table takes.
    const entries = new Uint32Array(1.5 * places);
    entries.set(this.#entries.subarray(0, 2 * this.#size));
    const table = new Uint32Array(placeWords * places);
    for (let at = 0; at < old.length; at += placeWords) {
      const before = old[at] ?? 0;
      const number = renumbered ? (renumbered[before] ?? 0) : before;
      if (number === 0) continue;
      const [place = 0, length = 0] = [entries[2 * number], entries[2 * number + 1]];
      enter(table, { number, hash: old[at + 1] ?? 0, place, length });
    }
    this.#entries = entries;
    this.#table = table;
    this.#guesses = new Uint32Array(this.#guesses.length > 0 ? table.length : 0);
  }

  /** Where in the table a key is; negative: nowhere. */
  #seek(view: DataView, from: number, length: number): number {
    const hash = hashBytes(view, from, from + length, this.#seed);
    const table = this.#table;
    const mask = table.length - placeWords;
    const unsigned = hash >>> 0;
    for (let at = (hash << placeBits) & mask; table[at] !== 0; at = (at + placeWords) & mask) {
      if (table[at + 1] !== unsigned || table[at + 3] !== length) continue;
      if (this.#isKey(table[at + 2] ?? 0, view, from, length)) return at;
    }
    this.#missedHash = hash;
    return -1;
  }

  /**
   * Guesses by the ends of a long key which one it is: that saves reading it twice. Whoever makes up keys with equal ends
   * spoils the guess for these, and then it costs no more than it saves.
   */
  #findLong(view: DataView, from: number, length: number): number {
    if (this.#guesses.length === 0) this.#guesses = new Uint32Array(this.#table.length);
    const guesses = this.#guesses;
    const ends = hashEnds(view, from, from + length, this.#seed);
    const row = (ends << placeBits) & (guesses.length - rowWords);
    for (let at = row; at < row + rowWords; at += placeWords) {
      if (guesses[at + 1] !== ends >>> 0 || guesses[at + 3] !== length) continue;
      const number = guesses[at] ?? 0;
      if (number !== 0 && this.#isKey(guesses[at + 2] ?? 0, view, from, length)) return number;
      guesses[at] = 0;
      const found = this.#seek(view, from, length);
      return found < 0 ? 0 : (this.#table[found] ?? 0);
    }
    const found = this.#seek(view, from, length);
    if (found < 0) return 0;
    // The oldest guess of the row makes room.
    guesses.copyWithin(row + placeWords, row, row + rowWords - placeWords);
    const number = this.#table[found] ?? 0;
    guesses[row] = number;
    guesses[row + 1] = ends;
    guesses[row + 2] = this.#table[found + 2] ?? 0;
    guesses[row + 3] = length;
    return number;
  }

  #isKey(place: number, view: DataView, from: number, length: number): boolean {
    const segment = this.#segments[place >>> wordsBits];
    if (!segment) return false;
    const away = placeOffset(place) - from;
    const end = from + length;
    let at = from;
    for (const last = end - 16; at <= last; at += 16) {
      const differences =
        (view.getInt32(at, true) ^ segment.getInt32(at + away, true)) |
        (view.getInt32(at + 4, true) ^ segment.getInt32(at + 4 + away, true)) |
        (view.getInt32(at + 8, true) ^ segment.getInt32(at + 8 + away, true)) |
        (view.getInt32(at + 12, true) ^ segment.getInt32(at + 12 + away, true));
      if (differences !== 0) return false;
    }
    for (; at + 4 <= end; at += 4) {
      if (view.getInt32(at, true) !== segment.getInt32(at + away, true)) return false;
    }
    for (; at < end; at++) if (view.getUint8(at) !== segment.getUint8(at + away)) return false;
    return true;
  }
}

interface Entered {
  readonly number: number;
  readonly hash: number;
  readonly place: number;
  readonly length: number;
}

function enter(table: Uint32Array, { number, hash, place, length }: Entered): void {
  const mask = table.length - placeWords;
  let at = (hash << placeBits) & mask;
  while (table[at] !== 0) at = (at + placeWords) & mask;
  table[at] = number;
  table[at + 1] = hash;
  table[at + 2] = place;
  table[at + 3] = length;
}

/** The key that was written last, to be looked up. */
let keyBytes = new Uint8Array(1 << 12);

function writeKey(key: string): number {
  if (keyBytes.length < 3 * key.length) keyBytes = new Uint8Array(6 * key.length);
  return writeUtf8Into(key, keyBytes);
}

function placeOffset(place: number): number {
  return 4 * (place & ((1 << wordsBits) - 1));
}

/** What a key of so many bytes takes of its segment, in whole words; the empty key needs its segment, too. */
function roomFor(length: number): number {
  return ((length || 1) + 3) & ~3;
}
