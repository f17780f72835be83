import { type LabelSet, namespaceKey, namespaceLabelPrefix } from "./labelSet.ts";
import type { LabelRequirement, LabelSelector } from "./policy.ts";

/** Do the labels meet every requirement? A label that is not there meets `NotIn` and `DoesNotExist`. */
export function selects(selector: LabelSelector, labels: LabelSet): boolean {
  for (const requirement of selector.requirements) if (!meets(requirement, labels)) return false;
  return true;
}

/** Do the labels meet one requirement? */
export function meets(requirement: LabelRequirement, labels: LabelSet): boolean {
  const value = labels.get(requirement.source, requirement.key);
  switch (requirement.operator) {
    case "In":
      return value !== undefined && requirement.values.includes(value);
    case "NotIn":
      return value === undefined || !requirement.values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

/** Where a selector is written, which decides what it implies. */
export interface SelectorPlace {
  /** Empty for a cluster-wide policy. */
  readonly namespace: string;
  /** The subject selects `reserved:init`, whose peers need no namespace. */
  readonly subjectIsInit: boolean;
}

/** The subject of a namespaced policy lives in its namespace, whatever else is written. */
export function subjectSelector(selector: LabelSelector, namespace: string): LabelSelector {
  if (namespace === "") return selector;
  const rest = selector.requirements.filter(
    ({ label, source, key }) => !(label && source === "k8s" && key === namespaceKey),
  );
  return { requirements: [...rest, equal(namespaceKey, namespace)] };
}

/** Fills in the namespace that a peer selector of Cilium's kinds implies. */
export function peerSelector(selector: LabelSelector, place: SelectorPlace): LabelSelector {
  const { requirements } = selector;
  if (requirements.some(({ source }) => source === "reserved")) return selector;
  const added: LabelRequirement[] = [];
  if (!requirements.some(({ source, key }) => isPlain(source) && key === namespaceKey)) {
    if (place.namespace !== "") {
      const byLabels = requirements.some(
        ({ source, key }) => isPlain(source) && key.startsWith(namespaceLabelPrefix),
      );
      if (!byLabels) added.push(equal(namespaceKey, place.namespace));
    } else if (!place.subjectIsInit) {
      added.push(exists(namespaceKey));
    }
  }
  return { requirements: [...requirements, ...added] };
}

/** Makes one selector of the two that a peer of a NetworkPolicy may have. */
export function podPeerSelector(
  peer: { readonly pods?: LabelSelector; readonly namespaces?: LabelSelector },
  namespace: string,
): LabelSelector {
  const requirements: LabelRequirement[] = [...(peer.pods?.requirements ?? [])];
  if (!peer.namespaces) requirements.push(equal(namespaceKey, namespace));
  else if (peer.namespaces.requirements.length === 0) requirements.push(exists(namespaceKey));
  else {
    for (const requirement of peer.namespaces.requirements) {
      requirements.push({ ...requirement, key: namespaceLabelPrefix + requirement.key });
    }
  }
  return { requirements };
}

function isPlain(source: string): boolean {
  return source === "k8s" || source === "any";
}

function equal(key: string, value: string): LabelRequirement {
  return { source: "k8s", key, operator: "In", values: [value], label: true };
}

function exists(key: string): LabelRequirement {
  return { source: "k8s", key, operator: "Exists", values: [], label: false };
}
