import type { NamespaceGroup, VerdictCounts, WorkloadGroup } from "../../protocol/engine.ts";
import { countText } from "../numberText.ts";
import type { Translate } from "../translate.ts";

/** What the tree shows beside a name: all flows, then those denied, when there are any. */
export function groupDescription(counts: VerdictCounts): string {
  const denied = counts.denied > 0 ? `   ✗ ${countText(counts.denied)}` : "";
  return `${countText(counts.total)}${denied}`;
}

/** The counts in words, for tooltips and screen readers. */
export function groupDetail(name: string, counts: VerdictCounts, t: Translate): string {
  const parts = [t("{0} flows", countText(counts.total)), t("{0} forwarded", countText(counts.forwarded))];
  if (counts.denied > 0) parts.push(t("{0} denied", countText(counts.denied)));
  if (counts.error > 0) parts.push(t("{0} with an error", countText(counts.error)));
  if (counts.audited > 0) parts.push(t("{0} audited", countText(counts.audited)));
  return `${name}: ${parts.join(", ")}`;
}

/** The name of a namespace in the tree; the empty one is what lies outside. */
export function namespaceName(namespace: string, t: Translate): string {
  return namespace === "" ? t("outside the cluster") : namespace;
}

/** The order of the tree: by name, so that nothing moves while counts change; the outside last. */
export function sortNamespaces(groups: readonly NamespaceGroup[]): readonly NamespaceGroup[] {
  return [...groups].sort((a, b) => {
    if ((a.namespace === "") !== (b.namespace === "")) return a.namespace === "" ? 1 : -1;
    return compareNames(a.namespace, b.namespace);
  });
}

/** The order of a namespace's workloads: by name, then by kind. */
export function sortWorkloads(groups: readonly WorkloadGroup[]): readonly WorkloadGroup[] {
  return [...groups].sort((a, b) => compareNames(a.name, b.name) || compareNames(a.kind, b.kind));
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
