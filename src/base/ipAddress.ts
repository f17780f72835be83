import ipaddr from "ipaddr.js";

/** An address block: an IPv4 or IPv6 prefix with its host bits cleared. */
export interface AddressBlock {
  readonly version: 4 | 6;
  readonly prefixLength: number;
  /** The bytes of its first address: 4 or 16. */
  readonly network: readonly number[];
  contains(address: IpAddress): boolean;
}

/** A parsed address; an IPv4-mapped IPv6 address is the IPv4 address. */
export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** Reads a textual address as Go's `netip.ParseAddr` takes it (no octal, no short forms), or `undefined`. */
export function parseAddress(text: string): IpAddress | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1);
  if (parts) {
    const bytes = parts.map(Number);
    // A leading zero may mean an octal number to others, so Go takes none.
    const isPlain = bytes.every((byte, index) => byte < 256 && String(byte) === parts[index]);
    return isPlain ? new ipaddr.IPv4(bytes) : undefined;
  }
  return text.includes(":") && ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : undefined;
}

/** Reads `address/length`, or `undefined`; host bits may be set and are masked away. */
export function parseAddressBlock(text: string): AddressBlock | undefined {
  const slash = text.indexOf("/");
  if (slash === -1) return undefined;
  const written = text.slice(0, slash);
  const isMapped = written.includes(":") && parseAddress(written)?.kind() === "ipv4";
  // A block written in IPv6 holds IPv6 addresses only, and none of a single interface (`%eth0`).
  const address = isMapped
    ? ipaddr.IPv6.parse(written)
    : written.includes("%")
      ? undefined
      : parseAddress(written);
  const lengthText = text.slice(slash + 1);
  if (!address || !/^(0|[1-9]\d{0,2})$/.test(lengthText)) return undefined;
  const prefixLength = Number(lengthText);
  const version = address.kind() === "ipv4" ? 4 : 6;
  if (prefixLength > (version === 4 ? 32 : 128)) return undefined;
  return {
    version,
    prefixLength,
    network: maskBytes(address.toByteArray(), prefixLength),
    contains: (other) => other.kind() === address.kind() && other.match(address, prefixLength),
  };
}

/** Clears the bits of an address after its first so many. */
export function maskBytes(bytes: readonly number[], prefixLength: number): readonly number[] {
  return bytes.map((byte, index) => {
    const kept = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & (0xff00 >> kept) & 0xff;
  });
}

/** A block as people write it: `10.0.0.0/8`, `fd00::/8`. */
export function blockText({ version, network, prefixLength }: AddressBlock): string {
  const bytes = [...network];
  const address = version === 4 ? new ipaddr.IPv4(bytes) : new ipaddr.IPv6(bytes);
  return `${address.toString()}/${prefixLength}`;
}
