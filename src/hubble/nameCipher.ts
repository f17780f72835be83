import { createHmac, randomBytes } from "node:crypto";
import { addressBytes } from "../base/addressBytes.ts";

/** More distinct names and addresses than a cluster has at one time; beyond, they are worked out again. */
const rememberedAtMost = 200_000;
const feistelRounds = 8;
/** Of 2^40: no two names of a cluster come out the same. */
const nameBytes = 5;

/**
 * Puts made-up names and addresses in the place of real ones: equal ones for equal ones, by a random key that is never
 * told. Nobody who sees only what comes out can find out what went in.
 */
export class NameCipher {
  readonly #key: Uint8Array;
  readonly #names = new Map<string, string>();
  readonly #addresses = new Map<string, string>();

  constructor(key: Uint8Array = randomBytes(32)) {
    this.#key = key;
  }

  /** Was this name given to {@link name} lately? */
  knows(name: string): boolean {
    return this.#names.has(name);
  }

  /** `x` and ten hexadecimal digits: valid wherever Kubernetes takes a name. The empty name stays empty. */
  name(name: string): string {
    if (name === "") return "";
    return remembered(this.#names, name, () => `x${this.#digest("name", name, nameBytes).toString("hex")}`);
  }

  /** Another address of the same family: two addresses never become one. What is no address becomes a name. */
  address(address: string): string {
    if (address === "") return "";
    return remembered(this.#addresses, address, () => {
      const bytes = addressBytes(address);
      if (!bytes) return this.name(address);
      return bytes.length === 4 ? this.#version4(bytes) : this.#version6(bytes);
    });
  }

  /** Another hardware address, of those that anybody may give. */
  hardwareAddress(address: string): string {
    if (address === "") return "";
    return remembered(this.#addresses, address, () => {
      const [first = 0, ...rest] = this.#digest("hardware", address.toLowerCase(), 6);
      const bytes = [(first & 0xfc) | 0x02, ...rest];
      return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(":");
    });
  }

  /** A permutation of all addresses (a Feistel network), so that no two come out the same. */
  #version4([a = 0, b = 0, c = 0, d = 0]: readonly number[]): string {
    let [left, right] = [a * 256 + b, c * 256 + d];
    for (let round = 0; round < feistelRounds; round++) {
      [left, right] = [right, left ^ this.#digest(`ipv4 ${round}`, String(right), 2).readUInt16BE()];
    }
    return [left >> 8, left & 255, right >> 8, right & 255].join(".");
  }

  /** In `fd00::/8`, which is nobody's; the other 120 bits never come out the same. */
  #version6(bytes: readonly number[]): string {
    const digest = this.#digest("ipv6", bytes.join("."), 16);
    digest[0] = 0xfd;
    const groups = Array.from({ length: 8 }, (_, group) => digest.readUInt16BE(group * 2).toString(16));
    return groups.join(":");
  }

  #digest(what: string, text: string, length: number): Buffer {
    return createHmac("sha256", this.#key).update(`${what}\n${text}`).digest().subarray(0, length);
  }
}

function remembered(known: Map<string, string>, from: string, make: () => string): string {
  const before = known.get(from);
  if (before !== undefined) return before;
  if (known.size >= rememberedAtMost) known.clear();
  const made = make();
  known.set(from, made);
  return made;
}
