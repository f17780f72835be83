import { type AddressBytes, addressBytes } from "../../base/addressBytes.ts";
import type { Refusal } from "./filterProblem.ts";

/**
 * Is a flow's address this one, or one of this block? An address must be written as flows have it: a relay compares
 * texts. A block of IPv6 has no addresses of IPv4, nor the other way round, even where they are mapped.
 */
export function addressTest(wanted: string): ((address: string) => boolean) | Refusal {
  const slash = wanted.lastIndexOf("/");
  if (slash === -1) {
    if (!addressBytes(wanted)) return { error: `"${wanted}" is not an IP address.` };
    return (address) => address === wanted;
  }
  const block = blockTest(wanted.slice(0, slash), wanted.slice(slash + 1));
  if (!block) return { error: `"${wanted}" is not a block of IP addresses such as 10.0.0.0/8.` };
  return (address) => {
    const bytes = addressBytes(address);
    return bytes !== undefined && !address.includes("%") && block(bytes);
  };
}

/** Is an address in a block? `undefined`: that is none. */
export function blockTest(network: string, length: string): ((address: AddressBytes) => boolean) | undefined {
  const bytes = network.includes("%") ? undefined : addressBytes(network);
  const bits = Number(length);
  if (!bytes || !/^(0|[1-9]\d{0,2})$/.test(length) || bits > bytes.length * 8) return undefined;
  const whole = Math.floor(bits / 8);
  const mask = (0xff00 >> (bits % 8)) & 0xff;
  return (address) => {
    if (address.length !== bytes.length) return false;
    for (let index = 0; index < whole; index++) if (address[index] !== bytes[index]) return false;
    return mask === 0 || ((address[whole] ?? 0) & mask) === ((bytes[whole] ?? 0) & mask);
  };
}
