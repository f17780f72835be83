import { parseAddress, parseAddressBlock } from "../base/ipAddress.ts";
import { checkLabelSelector } from "./checkLabelSelector.ts";
import { holdsBlock, parseWrittenBlock, type WrittenBlock } from "./cidrText.ts";
import { type CiliumVersion, isSince } from "./policyProblem.ts";
import type { YamlValue } from "./yamlValue.ts";

/** Checks an item of `fromCIDR` or `toCIDR`, where agents take an address for the block of itself. */
export function checkCidr(value: YamlValue): void {
  const written = value.words;
  if (written === undefined) return;
  if (written === "")
    value.report({ code: "invalid-cidr", message: "IP must be specified.", refusedBy: ["agent"] });
  else if (!parseAddress(written)) checkBlock(value, written);
}

/** Checks an item of `fromCIDRSet` or `toCIDRSet`. */
export function checkCidrSet(value: YamlValue, version: CiliumVersion): void {
  const fields = value.asMap();
  if (!fields) return;
  const cidr = fields.get("cidr");
  const group = fields.get("cidrGroupRef");
  const selector = fields.get("cidrGroupSelector");
  if (selector) {
    checkLabelSelector(selector, { refusedBy: ["agent"], sources: false, identities: false });
  }
  const written = [cidr?.words, group?.words].filter((words) => words !== undefined && words !== "");
  const chosen = written.length + (selector?.isMap === true ? 1 : 0);
  if (chosen !== 1) {
    const message =
      chosen === 0
        ? "One of cidr, cidrGroupRef, or cidrGroupSelector is required."
        : "More than one of cidr, cidrGroupRef, or cidrGroupSelector may not be set.";
    value.report({ code: "invalid-cidr-set", message, refusedBy: ["agent"] });
    return;
  }
  if (!cidr || cidr.words === undefined) return;
  const outer = checkBlock(cidr, cidr.words);
  for (const item of fields.get("except")?.asList() ?? []) {
    if (item.words === undefined) continue;
    const inner = checkBlock(item, item.words, "quiet");
    if (inner && outer) checkException({ cidr, outer, item, inner }, version);
  }
}

function checkException(
  it: {
    readonly cidr: YamlValue;
    readonly outer: WrittenBlock;
    readonly item: YamlValue;
    readonly inner: WrittenBlock;
  },
  version: CiliumVersion,
): void {
  const { cidr, outer, item, inner } = it;
  if (holdsBlock(outer, inner)) return;
  const message = `CIDR prefix ${cidr.words ?? ""} does not contain exclude CIDR prefix ${item.words ?? ""}.`;
  // Agents before 1.20 look at the address alone, and take a wider exception for one of everything.
  const versionDependent = outer.block.contains(inner.address);
  const refused = !versionDependent || isSince(version, "1.20");
  item.report({
    severity: refused ? "error" : "warning",
    code: "except-outside",
    message,
    refusedBy: refused ? ["agent"] : [],
    versionDependent,
  });
}

function checkBlock(value: YamlValue, written: string, voice?: "quiet"): WrittenBlock | undefined {
  const read = parseWrittenBlock(written);
  if (!read) {
    const message = `Unable to parse CIDR “${written}”: write an address and a prefix length.`;
    value.report({ code: "invalid-cidr", message, refusedBy: ["agent"] });
  } else if (voice !== "quiet" && looksLikePool(read)) {
    const message =
      "CIDRs select addresses outside the cluster only: this never matches a pod, even one that has such an address.";
    value.report({ severity: "warning", code: "cidr-never-pods", message });
  }
  return read;
}

/** Does it look like the pool that an installer takes the addresses of pods or Services from? */
function looksLikePool({ block, address }: WrittenBlock): boolean {
  return usualPool?.contains(address) === true && block.prefixLength >= 8 && block.prefixLength <= 16;
}

/** Where Cilium and the usual installers have their pools; hosts outside the cluster live there, too. */
const usualPool = parseAddressBlock("10.0.0.0/8");
