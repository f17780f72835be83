import type { RuleFilter } from "../flowFilter.ts";

const kinds = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy", "NetworkPolicy"];

/**
 * Reads `[KIND/]NAMESPACE/NAME:PATH`, of a cluster-wide policy `[KIND/]NAME:PATH`. Without a kind it is Cilium's own
 * for a policy with or without a namespace.
 */
export function readRule(text: string): RuleFilter | undefined {
  const [, place = "", path = ""] = /^([^:\s]+):([\w.[\]-]+)$/.exec(text) ?? [];
  const names = place.split("/");
  const kind = kinds.find((each) => each.toLowerCase() === names[0]?.toLowerCase());
  const policy = kind === undefined ? names : names.slice(1);
  if (path === "" || policy.length > 2 || policy.length === 0 || policy.includes("")) return undefined;
  const ownKind = policy.length === 2 ? "CiliumNetworkPolicy" : "CiliumClusterwideNetworkPolicy";
  return { kind: kind ?? ownKind, policy: policy.join("/"), path };
}

/** Writes a rule so that {@link readRule} reads it; the document that holds it is not said. */
export function ruleText({ kind, policy, path }: RuleFilter): string {
  return `${kind}/${policy}:${path}`;
}
