import { type AddressBlock, type IpAddress, parseAddress, parseAddressBlock } from "../base/ipAddress.ts";

/** Why the API server takes a text for no CIDR; `undefined`: it does. Unlike the agent it allows leading zeros. */
export function cidrFault(written: string): string | undefined {
  const plain = written.replace(/(^|[./])0+(?=\d)/g, "$1");
  if (parseAddressBlock(plain)) return undefined;
  const address = parseAddress(written);
  if (!address)
    return `${written === "" ? "This" : `“${written}”`} is no CIDR: write an address and a prefix length.`;
  const length = address.kind() === "ipv6" ? 128 : 32;
  return `“${written}” is no CIDR: the API server refuses an address without “/${length}”.`;
}

/** A CIDR with the address that it is written with, whose host bits may be set. */
export interface WrittenBlock {
  readonly block: AddressBlock;
  readonly address: IpAddress;
}

/** Reads a CIDR as the agent does; `undefined`: it is none. */
export function parseWrittenBlock(written: string): WrittenBlock | undefined {
  const block = parseAddressBlock(written);
  const address = parseAddress(written.slice(0, written.indexOf("/")));
  return block && address && { block, address };
}

/** Does a block lie within another, both ends included? */
export function holdsBlock(outer: WrittenBlock, inner: WrittenBlock): boolean {
  return outer.block.contains(inner.address) && inner.block.prefixLength >= outer.block.prefixLength;
}
