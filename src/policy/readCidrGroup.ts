import type { AddressBlock } from "../base/ipAddress.ts";
import type { CidrGroup } from "./clusterContext.ts";
import { readBlock } from "./readPeers.ts";
import type { YamlFields } from "./yamlValue.ts";

/** Reads a CiliumCIDRGroup, which policies refer to by name or by its labels. */
export function readCidrGroup(fields: YamlFields): CidrGroup | undefined {
  const metadata = fields.get("metadata")?.asMap();
  const name = metadata?.get("name")?.words;
  if (name === undefined) return undefined;
  const labels = new Map<string, string>();
  for (const [key, value] of metadata?.get("labels")?.asMap()?.all() ?? [])
    labels.set(key, value.words ?? "");
  const blocks: AddressBlock[] = [];
  for (const item of fields.get("spec")?.asMap()?.get("externalCIDRs")?.asList() ?? []) {
    const block = readBlock(item);
    if (block) blocks.push(block);
  }
  return { name, labels, blocks };
}
