import type { SuggestionKind } from "../../flows/language/suggestionKind.ts";
import type { SeenValue } from "../../flows/seenValues.ts";

/** Answers the values of a kind that held flows have, the most frequent first, and in how many. */
export type Seen = (kind: SuggestionKind, limit: number) => readonly SeenValue[];

/** A place of a policy where something may stand that flows have. */
export interface SeenPlace {
  /** Where it is, from the policy on. */
  readonly path: readonly (string | number)[];
  /** The mapping that holds it. */
  readonly beside: ReadonlyMap<string, string>;
}

/** Labels are many, and their keys few: all are looked at. */
const allLabels = 20_000;
const mostNames = 2_000;
const mostPorts = 30;
const mostShown = 200;

/** The keys that flows' labels have, as a selector at a place takes them; `undefined`: nobody selects by labels there. */
export function seenLabelKeys(path: SeenPlace["path"], seen: Seen): readonly SeenValue[] | undefined {
  const written = labelsFor(path);
  return written && top(written(seen).map(({ key, count }) => [key, count]));
}

/** What flows have that may be written as the value at a place. */
export function seenWords({ path, beside }: SeenPlace, seen: Seen): readonly SeenValue[] {
  const names = path.filter((step) => typeof step === "string");
  const [name = "", holder = ""] = [names.at(-1), names.at(-2)];
  if (holder === "matchLabels") return labelValues(path, name, seen);
  if (holder === "matchExpressions" && name === "key") return seenLabelKeys(path, seen) ?? [];
  if (holder === "matchExpressions" && name === "values") {
    return labelValues(path, beside.get("key") ?? "", seen);
  }
  switch (name) {
    case "namespace":
      return seen("namespace", mostShown);
    case "serviceName":
      return serviceNames(beside.get("namespace") ?? "", seen);
    case "port":
      return seen("port", mostPorts);
    case "matchName":
      return dnsNames(holder, seen).slice(0, mostShown);
    case "matchPattern":
      return top(dnsNames(holder, seen).flatMap(({ value, count }) => widened(value, count)));
    case "method":
      return seen("httpMethod", mostShown);
    case "path":
      return holder === "http" ? seen("httpPath", mostShown) : [];
    case "fromEntities":
    case "toEntities":
      return seen("identity", mostNames);
    default:
      return [];
  }
}

function labelValues(path: SeenPlace["path"], key: string, seen: Seen): readonly SeenValue[] {
  const bare = key.replace(/^(k8s|any):/, "");
  const labels = labelsFor(path)?.(seen) ?? [];
  const fitting = labels.filter((label) => label.key.replace(/^k8s:/, "") === bare);
  return top(fitting.map(({ value, count }) => [value, count]));
}

interface SeenLabel {
  /** As a selector writes it. */
  readonly key: string;
  readonly value: string;
  readonly count: number;
}

/** The labels that the selector around a place selects by; `undefined`: it is none whose labels are in flows. */
function labelsFor(path: SeenPlace["path"]): ((seen: Seen) => readonly SeenLabel[]) | undefined {
  const names = path.filter((step) => typeof step === "string");
  const at = names.findLastIndex((name) => name === "matchLabels" || name === "matchExpressions");
  const selector: string = at > 0 ? (names[at - 1] ?? "") : "";
  switch (selector) {
    case "endpointSelector":
    case "fromEndpoints":
    case "toEndpoints":
    case "fromRequires":
    case "toRequires":
      return (seen) => endpointLabels(seen).flatMap(ciliumLabel);
    case "podSelector":
      return (seen) => endpointLabels(seen).flatMap(podLabel);
    case "namespaceSelector":
      return (seen) => endpointLabels(seen).flatMap(namespaceLabel);
    case "nodeSelector":
    case "fromNodes":
    case "toNodes":
      return (seen) => seen("nodeLabel", allLabels).map(({ value, count }) => splitLabel(value, count));
    default:
      return undefined;
  }
}

interface SourcedLabel extends SeenLabel {
  readonly source: string;
}

function endpointLabels(seen: Seen): readonly SourcedLabel[] {
  return seen("label", allLabels).map(({ value, count }) => {
    const colon = value.indexOf(":");
    const equals = value.indexOf("=");
    const hasSource = colon !== -1 && (equals === -1 || colon < equals);
    return {
      source: hasSource ? value.slice(0, colon) : "",
      ...splitLabel(hasSource ? value.slice(colon + 1) : value, count),
    };
  });
}

function splitLabel(label: string, count: number): SeenLabel {
  const equals = label.indexOf("=");
  if (equals === -1) return { key: label, value: "", count };
  return { key: label.slice(0, equals), value: label.slice(equals + 1), count };
}

const namespaceLabels = "io.cilium.k8s.namespace.labels.";

/** Labels that Cilium makes carry their source, as its documentation writes them. */
function ciliumLabel({ source, key, value, count }: SourcedLabel): readonly SeenLabel[] {
  if (source === "cidr" || source === "fqdn") return [];
  const isMade = /^io\.(kubernetes|cilium)\./.test(key);
  const isPlain = source === "" || (source === "k8s" && !isMade);
  return [{ key: isPlain ? key : `${source}:${key}`, value, count }];
}

function podLabel({ source, key, value, count }: SourcedLabel): readonly SeenLabel[] {
  const isOwn = (source === "k8s" || source === "") && !/^io\.(kubernetes|cilium)\./.test(key);
  return isOwn ? [{ key, value, count }] : [];
}

function namespaceLabel({ key, value, count }: SourcedLabel): readonly SeenLabel[] {
  return key.startsWith(namespaceLabels) ? [{ key: key.slice(namespaceLabels.length), value, count }] : [];
}

function serviceNames(namespace: string, seen: Seen): readonly SeenValue[] {
  const named = seen("service", mostNames).map(({ value, count }) => {
    const slash = value.indexOf("/");
    return { namespace: value.slice(0, Math.max(0, slash)), name: value.slice(slash + 1), count };
  });
  const fitting = named.filter((service) => namespace === "" || service.namespace === namespace);
  return top(fitting.map(({ name, count }) => [name, count]));
}

/** Names that were asked for, or that addresses have; of those within the cluster `toFQDNs` is never right. */
function dnsNames(holder: string, seen: Seen): readonly SeenValue[] {
  const asked = seen("dnsQuery", mostNames).map(({ value, count }) => ({
    value: value.replace(/\\(.)/g, "$1"),
    count,
  }));
  const names = [...asked, ...seen("fqdn", mostNames)].map(
    ({ value, count }) => [value.replace(/\.$/, ""), count] as const,
  );
  const isLocal = (name: string): boolean => /\.(cluster\.local|svc)$/.test(name);
  return top(holder === "toFQDNs" ? names.filter(([name]) => !isLocal(name)) : names);
}

/** A name, and the pattern of all names beside it. */
function widened(name: string, count: number): readonly (readonly [string, number])[] {
  const [, ...domain] = name.split(".");
  return domain.length < 2
    ? [[name, count]]
    : [
        [name, count],
        [`*.${domain.join(".")}`, count],
      ];
}

/** Values with all that is counted of each, the most frequent first. */
function top(counted: readonly (readonly [value: string, count: number])[]): readonly SeenValue[] {
  const counts = new Map<string, number>();
  for (const [value, count] of counted) counts.set(value, (counts.get(value) ?? 0) + count);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((one, other) => other.count - one.count || (one.value < other.value ? -1 : 1))
    .slice(0, mostShown);
}
