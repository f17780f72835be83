import ipaddr from "ipaddr.js";

/** An address as its 4 or 16 bytes. */
export type AddressBytes = readonly number[];

/**
 * The bytes of a textual address as Go's `netip.ParseAddr` takes it, or `undefined`. What is written as IPv6 has 16
 * bytes, an IPv4 address mapped into it too. A zone (`fe80::1%eth0`) is allowed, and is no part of the bytes.
 */
export function addressBytes(text: string): AddressBytes | undefined {
  if (!text.includes(":")) return bytesOfV4(text);
  const percent = text.indexOf("%");
  if (percent === text.length - 1) return undefined;
  const address = percent === -1 ? text : text.slice(0, percent);
  const dotted = address.lastIndexOf(":") + 1;
  if (address.includes(".") && !bytesOfV4(address.slice(dotted))) return undefined;
  return ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address).toByteArray() : undefined;
}

/** Four decimal numbers without leading zeros, which may mean octal ones to others. */
function bytesOfV4(text: string): AddressBytes | undefined {
  const parts = text.split(".");
  const bytes = parts.map(Number);
  const isPlain = bytes.every((byte, index) => byte < 256 && String(byte) === parts[index]);
  return parts.length === 4 && isPlain ? bytes : undefined;
}
