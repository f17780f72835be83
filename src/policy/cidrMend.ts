import { parseAddress } from "../base/ipAddress.ts";
import { type Mend, textMend } from "./mend.ts";
import type { YamlValue } from "./yamlValue.ts";

/** An address without a prefix length is one address: the block of itself. */
export function cidrMend(value: YamlValue): Mend {
  const written = value.words ?? "";
  const address = parseAddress(written.trim());
  return address ? textMend(value, `${written.trim()}/${address.kind() === "ipv6" ? 128 : 32}`) : {};
}
