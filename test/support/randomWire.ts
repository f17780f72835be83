import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import type { SeededRandom } from "../../src/demo/seededRandom.ts";

export interface RandomWireOptions {
  /** How many in a hundred of a type's fields are there; 100: every one. */
  readonly fields: number;
  /** How many in a hundred fields have a field before them that no type knows. */
  readonly unknown?: number;
  /** How many in a hundred fields come another time, or in a form that no writer gives them. */
  readonly odd?: number;
  /** Fields in no order. */
  readonly shuffled?: boolean;
  /** Which of a oneof's fields is there for sure, by name; not told: one of them, as other fields are. */
  readonly choose?: (names: readonly string[]) => string | undefined;
}

const integers = [0, 1, 2, 5, 7, 127, 128, 255, 256, 8080, 16_383, 16_384, 65_535, 65_536, 2 ** 31 - 1];
const words32 = [...integers, 2 ** 31, 2 ** 32 - 1].map(BigInt);
const words64 = [...words32, 2n ** 53n - 1n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n];
const texts = [
  "",
  "a",
  "default",
  "shop/cart-0",
  "k8s:app=frontend",
  "10.0.0.1",
  "fd00::1",
  "naïve.example",
  "日本語",
  "\u{1f41d} bee",
  "\ufeffmark",
  "with,comma",
  "with/slash",
  "x".repeat(126),
  "y".repeat(129),
  "789cc67d-571b-4d52-af17-7119c19e4955",
  "789CC67D-571B-4D52-AF17-7119C19E4955",
  "789cc67d-571b-4d52-af17-7119c19e495",
  "789cc67d-571b-4d52-af17-7119c19e495g",
  "789cc67d0571b-4d52-af17-7119c19e4955",
];
const notUtf8 = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0x61, 0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80]];
/** Numbers that no field of a flow has, small and large. */
const unknownFields = [12, 17, 18, 63, 200, 999, 20_999, 5_000_000, 2 ** 29 - 1];

/** Writes messages of a type, with whatever values, as bytes: by the type's description, so that no field is forgotten. */
export class RandomWire {
  readonly #random: SeededRandom;
  readonly #options: RandomWireOptions;

  constructor(random: SeededRandom, options: RandomWireOptions) {
    this.#random = random;
    this.#options = options;
  }

  message(schema: DescMessage): number[] {
    const { shuffled } = this.#options;
    const fields = this.#chosenFields(schema);
    const written = fields.flatMap((field) => this.#pieces(field));
    if (shuffled) this.#shuffle(written);
    if (this.#chance("unknown")) written.push(this.#unknown(0));
    return written.flat();
  }

  /** The fields that are there, in the order of their numbers, as Go writes them. */
  #chosenFields(schema: DescMessage): DescField[] {
    const { fields, choose } = this.#options;
    const random = this.#random;
    const kept = new Set<DescField>();
    const without = new Set<DescField>();
    for (const { fields: members } of schema.oneofs) {
      const chosen = choose?.(members.map((member) => member.name));
      const name = chosen ?? random.pick(members).name;
      for (const member of members) {
        if (member.name !== name) without.add(member);
        else if (chosen !== undefined) kept.add(member);
      }
    }
    return schema.fields
      .filter((field) => kept.has(field) || (!without.has(field) && random.percent(fields)))
      .sort((a, b) => a.number - b.number);
  }

  /** A field as it is written: in several pieces when it is repeated. */
  #pieces(field: DescField): number[][] {
    const random = this.#random;
    const all = this.#options.fields === 100;
    const count = field.fieldKind === "list" ? random.integer(all ? 1 : 0, 3) : this.#chance("odd") ? 2 : 1;
    const pieces: number[][] = [];
    for (let index = 0; index < count; index++) {
      if (this.#chance("unknown")) pieces.push(this.#unknown(0));
      pieces.push(this.#chance("odd") ? this.#odd(field) : this.#field(field));
    }
    return pieces;
  }

  #field(field: DescField): number[] {
    const random = this.#random;
    if (field.message) return lengthField(field.number, this.message(field.message));
    if (field.enum) return varintField(field.number, this.#enumNumber(field.enum.values));
    if (field.scalar === ScalarType.STRING) return lengthField(field.number, utf8(random.pick(texts)));
    if (field.scalar === ScalarType.BYTES) return lengthField(field.number, random.pick(notUtf8));
    if (field.scalar === ScalarType.BOOL) return varintField(field.number, random.pick([0n, 1n]));
    if (field.scalar === ScalarType.UINT32) return varintField(field.number, random.pick(words32));
    if (field.scalar === ScalarType.INT32) return varintField(field.number, signed(random.pick(words32)));
    if (field.scalar === ScalarType.INT64 || field.scalar === ScalarType.UINT64) {
      return varintField(field.number, random.pick(words64));
    }
    throw new Error(`${field.toString()} is of a kind that no flow had`);
  }

  /** Mostly a member; sometimes one that a newer relay may know. */
  #enumNumber(values: readonly { readonly number: number }[]): bigint {
    const random = this.#random;
    const number = random.percent(85) ? random.pick(values).number : random.pick([99, 300, -1, 2 ** 31 - 1]);
    return BigInt.asUintN(64, BigInt(number));
  }

  /** A field in a form that no writer gives it, or that is malformed. */
  #odd(field: DescField): number[] {
    const random = this.#random;
    const usual = this.#field(field);
    switch (random.integer(0, 6)) {
      case 0:
        return varintField(field.number, random.pick(words64));
      case 1:
        return lengthField(field.number, utf8(random.pick(texts)));
      case 2:
        return lengthField(field.number, random.pick(notUtf8));
      case 3:
        return [...varint(BigInt(field.number * 8 + 5)), 1, 2, 3, 4];
      case 4:
        return usual.slice(0, random.integer(0, usual.length));
      case 5:
        return [
          ...varint(BigInt(field.number * 8)),
          ...longVarint(random.pick(words32), random.integer(1, 11)),
        ];
      default:
        return [...usual, ...usual];
    }
  }

  #unknown(depth: number): number[] {
    const random = this.#random;
    const number = random.pick(unknownFields);
    switch (random.integer(0, 4)) {
      case 0:
        return varintField(number, random.pick(words64));
      case 1:
        return [...varint(BigInt(number * 8 + 1)), 1, 2, 3, 4, 5, 6, 7, 8];
      case 2:
        return lengthField(number, random.pick(notUtf8));
      case 3: {
        const inner = depth < 5 && random.percent(60) ? this.#unknown(depth + 1) : [];
        return [...varint(BigInt(number * 8 + 3)), ...inner, ...varint(BigInt(number * 8 + 4))];
      }
      default:
        return [...varint(BigInt(number * 8 + 5)), 1, 2, 3, 4];
    }
  }

  #chance(option: "unknown" | "odd"): boolean {
    return this.#random.percent(this.#options[option] ?? 0);
  }

  #shuffle(pieces: number[][]): void {
    for (let index = pieces.length - 1; index > 0; index--) {
      const other = this.#random.integer(0, index);
      const [a, b] = [pieces[index] ?? [], pieces[other] ?? []];
      pieces[index] = b;
      pieces[other] = a;
    }
  }
}

/** A varint in as few bytes as it takes. */
export function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

/** A varint in at least so many bytes. */
export function longVarint(value: bigint, count: number): number[] {
  const bytes = varint(value);
  while (bytes.length < count) {
    bytes.push((bytes.pop() ?? 0) | 128, 0);
  }
  return bytes;
}

/** A field that is an integer. */
export function varintField(number: number, value: bigint): number[] {
  return [...varint(BigInt(number * 8)), ...varint(value)];
}

/** A field that has a length. */
export function lengthField(number: number, content: readonly number[]): number[] {
  return [...varint(BigInt(number * 8 + 2)), ...varint(BigInt(content.length)), ...content];
}

/** 32 bits with a sign, as the wire has them: in 64. */
function signed(word: bigint): bigint {
  return BigInt.asUintN(64, BigInt.asIntN(32, word));
}

function utf8(text: string): number[] {
  return [...Buffer.from(text)];
}
