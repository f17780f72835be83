import type { TextRange } from "../base/textRange.ts";
import type { Layer7 } from "../flows/flow.ts";
import type { ClusterContext } from "./clusterContext.ts";
import type { L7Entry } from "./policy.ts";
import { matchRequest, splitUrl } from "./requestMatcher.ts";

/** The first field of an L7 entry that a request does not meet; `found` is what it has instead, if anything. */
export interface RequestMismatch {
  readonly field:
    | "protocol"
    | "method"
    | "path"
    | "host"
    | "header"
    | "dns-name"
    | "api-key"
    | "api-version"
    | "topic";
  /** As it is written: a pattern, a name, a header. */
  readonly wanted: string;
  readonly found?: string;
  readonly path: string;
  readonly range: TextRange;
}

type Field = Pick<RequestMismatch, "field" | "wanted" | "found">;

/** Why does an entry not admit a request? `undefined`: it does, or it cannot be told. */
export function requestMismatch(
  entry: L7Entry,
  record: NonNullable<Layer7["record"]>,
  context: ClusterContext,
): RequestMismatch | undefined {
  if (matchRequest(entry, record, context) !== "no") return undefined;
  return { ...failingField(entry, record), path: entry.path, range: entry.range };
}

function failingField(entry: L7Entry, record: NonNullable<Layer7["record"]>): Field {
  if (entry.type === "http" && record.protocol === "http") {
    const { authority = "", path } = splitUrl(record);
    if (entry.method && !entry.method.matchesWhole(record.method)) {
      return { field: "method", wanted: entry.method.source, found: record.method };
    }
    if (entry.urlPath && !entry.urlPath.matchesWhole(path)) {
      return { field: "path", wanted: entry.urlPath.source, found: path };
    }
    if (entry.host && !entry.host.matchesWhole(authority)) {
      return { field: "host", wanted: entry.host.source, found: authority };
    }
    // A header's value may be a secret: that it is missing or another one is all that is said.
    const missing = entry.headers.find(({ name, value }) => {
      const found = record.headers.filter(({ key }) => key.toLowerCase() === name);
      return found.length === 0 || (value !== undefined && !found.some((one) => one.value === value));
    });
    return { field: "header", wanted: missing?.name ?? "" };
  }
  if (entry.type === "dns" && record.protocol === "dns") {
    return { field: "dns-name", wanted: entry.name.text, found: record.query };
  }
  if (entry.type === "kafka" && record.protocol === "kafka") {
    const { apiKeys, apiVersion, topic } = entry;
    if (apiKeys.length > 0 && !apiKeys.includes(record.apiKey.toLowerCase())) {
      return { field: "api-key", wanted: apiKeys.join(), found: record.apiKey };
    }
    if (apiVersion !== undefined && apiVersion !== String(record.apiVersion)) {
      return { field: "api-version", wanted: apiVersion, found: String(record.apiVersion) };
    }
    return { field: "topic", wanted: topic ?? "", found: record.topic };
  }
  return { field: "protocol", wanted: entry.type, found: record.protocol };
}
