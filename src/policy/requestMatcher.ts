import type { DnsRecord, HttpRecord, KafkaRecord, Layer7 } from "../flows/flow.ts";
import { assertNever } from "../base/assertNever.ts";
import type { Answer } from "./answer.ts";
import type { MissingFact } from "./decision.ts";
import type { ClusterContext } from "./clusterContext.ts";
import { compileDnsName, type DnsMatcher } from "./dnsPattern.ts";
import type { HeaderMatch, L7Entry } from "./policy.ts";

/** What Hubble writes in the place of what it was told to hide. */
const redacted = "HUBBLE_REDACTED";

/** Does an entry of an L7 part admit a request? A request of another protocol fits no entry. */
export function matchRequest(entry: L7Entry, record: Layer7["record"], context: ClusterContext): Answer {
  if (entry.type === "unknown") return { field: entry.field, needs: entry.needs };
  if (!record) return { field: entry.type, needs: "the request itself" };
  switch (entry.type) {
    case "http":
      return record.protocol === "http" ? matchHttp(entry, record, context) : "no";
    case "dns":
      return record.protocol === "dns" ? matchDns(entry, record, context) : "no";
    case "kafka":
      return record.protocol === "kafka" ? matchKafka(entry, record) : "no";
    default:
      return assertNever(entry);
  }
}

function matchHttp(
  entry: Extract<L7Entry, { type: "http" }>,
  record: HttpRecord,
  context: ClusterContext,
): Answer {
  const { authority, path } = splitUrl(record);
  if (entry.method && !entry.method.matchesWhole(record.method)) return "no";
  const missing: MissingFact[] = [];
  if (entry.urlPath) {
    if (context.urlQueryRedacted === true)
      missing.push({ field: "path", needs: "the query, which Hubble hides" });
    else if (!entry.urlPath.matchesWhole(path)) return "no";
  }
  if (entry.host) {
    if (authority === undefined) missing.push({ field: "host", needs: "the request's authority" });
    else if (!entry.host.matchesWhole(authority)) return "no";
  }
  for (const header of entry.headers) {
    const answer = matchHeader(header, record);
    if (answer === "no") return "no";
    if (answer !== "yes") missing.push(answer);
  }
  return missing[0] ?? "yes";
}

/** What an entry that does not admit a request lacks, if it is but headers and the request's event has none at all. */
export function unseenHeaders(
  entry: L7Entry,
  record: Layer7["record"],
  context: ClusterContext,
): MissingFact | undefined {
  if (entry.type !== "http" || record?.protocol !== "http" || record.headers.length > 0) return undefined;
  if (entry.headers.length === 0 || matchHttp({ ...entry, headers: [] }, record, context) === "no") {
    return undefined;
  }
  return { field: "headers", needs: "the request's headers" };
}

/**
 * Hubble's `url` is scheme, authority, path and query; `:path` is the last two, at least `/`. The user in an authority
 * is no part of the host.
 */
export function splitUrl(record: HttpRecord): {
  readonly authority: string | undefined;
  readonly path: string;
} {
  const scheme = record.url.indexOf("://");
  if (scheme === -1) {
    const host = record.headers.find(({ key }) => /^(:authority|host)$/i.test(key))?.value;
    return { authority: host, path: record.url };
  }
  const afterScheme = record.url.slice(scheme + 3);
  const length = afterScheme.search(/[/?]/);
  const authority = length === -1 ? afterScheme : afterScheme.slice(0, length);
  const path = length === -1 ? "" : afterScheme.slice(length);
  return {
    authority: authority.slice(authority.lastIndexOf("@") + 1),
    path: path.startsWith("/") ? path : `/${path}`,
  };
}

function matchHeader(header: HeaderMatch, record: HttpRecord): Answer {
  const found = record.headers.filter(({ key }) => key.toLowerCase() === header.name);
  if (found.length === 0) return "no";
  if (header.secret !== undefined) return { field: "headerMatches", needs: `Secret ${header.secret}` };
  if (header.value === undefined) return "yes";
  if (found.some(({ value }) => value === header.value)) return "yes";
  if (found.some(({ value }) => value === redacted)) {
    return { field: "headers", needs: `the value of the header ${header.name}, which Hubble hides` };
  }
  return "no";
}

const dnsMatchers = new WeakMap<
  L7Entry,
  { readonly context: ClusterContext; readonly matches: DnsMatcher }
>();

function matchDns(
  entry: Extract<L7Entry, { type: "dns" }>,
  record: DnsRecord,
  context: ClusterContext,
): Answer {
  let made = dnsMatchers.get(entry);
  if (made?.context !== context) {
    made = { context, matches: compileDnsName(entry.name, context.agentVersion) };
    dnsMatchers.set(entry, made);
  }
  const answer = made.matches(record.query);
  if (answer === undefined) return { field: "dns", needs: "the agents' version" };
  return answer ? "yes" : "no";
}

/** These requests name no topic, and a topic in the rule says nothing about them. */
const kafkaWithoutTopic = ["heartbeat", "leavegroup", "syncgroup", "apiversions"];

function matchKafka(entry: Extract<L7Entry, { type: "kafka" }>, record: KafkaRecord): Answer {
  const apiKey = record.apiKey.toLowerCase();
  const isHidden = record.apiKey === redacted;
  if (!isHidden && entry.apiKeys.length > 0 && !entry.apiKeys.includes(apiKey)) return "no";
  if (entry.apiVersion !== undefined && entry.apiVersion !== String(record.apiVersion)) return "no";
  const isOtherTopic = entry.topic !== undefined && entry.topic !== record.topic;
  if (isHidden && (entry.apiKeys.length > 0 || isOtherTopic)) {
    return { field: "kafka", needs: "the request's API key, which Hubble hides" };
  }
  if (isOtherTopic && !kafkaWithoutTopic.includes(apiKey)) return "no";
  if (entry.clientId === undefined) return "yes";
  return { field: "clientID", needs: "the client's id, which no Hubble event carries" };
}
