import type { SeededRandom } from "../../src/demo/seededRandom.ts";

/** Bytes that are somebody else's with something done to them: flipped, cut, inserted, doubled or put together with others. */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: SeededRandom): Uint8Array {
  let mutated = [...bytes];
  const times = random.integer(1, 3);
  for (let time = 0; time < times; time++) {
    const at = random.integer(0, mutated.length);
    const count = random.integer(1, random.pick([1, 4, 40]));
    switch (random.integer(0, 6)) {
      case 0:
        mutated[at] = (mutated[at] ?? 0) ^ (1 << random.integer(0, 7));
        break;
      case 1:
        mutated[at] = random.pick([0, 1, 2, 0x0a, 0x12, 0x7b, 0x7f, 0x80, 0xff, random.integer(0, 255)]);
        break;
      case 2:
        mutated.splice(at, count);
        break;
      case 3:
        mutated.splice(at, 0, ...Array.from({ length: count }, () => random.integer(0, 255)));
        break;
      case 4:
        mutated.splice(at, 0, ...mutated.slice(at, at + count));
        break;
      case 5:
        mutated = mutated.slice(0, at);
        break;
      default:
        mutated = [...mutated.slice(0, at), ...other.slice(random.integer(0, other.length))];
    }
  }
  return Uint8Array.from(mutated);
}
