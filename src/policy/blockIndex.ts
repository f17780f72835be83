import { type AddressBlock, type IpAddress, maskBytes } from "../base/ipAddress.ts";

/** Finds items by the address block that they ask for: one look-up per prefix length that occurs. */
export class BlockIndex<T> {
  readonly #byLength = new Map<number, Map<string, T[]>>();

  add(block: AddressBlock, item: T): void {
    const length = lengthOf(block.version, block.prefixLength);
    const blocks = this.#byLength.get(length) ?? new Map<string, T[]>();
    this.#byLength.set(length, blocks);
    const key = block.network.join(".");
    const items = blocks.get(key);
    if (items) items.push(item);
    else blocks.set(key, [item]);
  }

  /** Hands over each item whose block holds the address. */
  visit(address: IpAddress, each: (item: T) => void): void {
    const bytes = address.toByteArray();
    for (const [length, blocks] of this.#byLength) {
      if (length > 128 !== (bytes.length === 4)) continue;
      for (const item of blocks.get(maskBytes(bytes, length % 256).join(".")) ?? []) each(item);
    }
  }
}

/** IPv4 lengths stand apart from those of IPv6. */
function lengthOf(version: 4 | 6, prefixLength: number): number {
  return version === 4 ? 256 + prefixLength : prefixLength;
}
