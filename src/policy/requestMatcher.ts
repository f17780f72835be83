import type { DnsRecord, HttpRecord, Layer7 } from "../flows/flow.ts";
import type { Answer } from "./answer.ts";
import type { ClusterContext } from "./clusterContext.ts";
import { compileDnsName, type DnsMatcher } from "./dnsPattern.ts";
import type { HeaderMatch, L7Entry } from "./policy.ts";

/** What Hubble writes in the place of what it was told to hide. */
const redacted = "HUBBLE_REDACTED";

/** Does an entry of an L7 part admit a request? A request of another protocol fits no entry. */
export function matchRequest(entry: L7Entry, record: Layer7["record"], context: ClusterContext): Answer {
  if (entry.type === "unknown") return { field: entry.field, needs: entry.needs };
  if (!record) return { field: entry.type, needs: "the request itself" };
  if (entry.type === "http") return record.protocol === "http" ? matchHttp(entry, record) : "no";
  return record.protocol === "dns" ? matchDns(entry, record, context) : "no";
}

function matchHttp(entry: Extract<L7Entry, { type: "http" }>, record: HttpRecord): Answer {
  const { authority, path } = splitUrl(record);
  if (entry.method && !entry.method.matchesWhole(record.method)) return "no";
  if (entry.urlPath && !entry.urlPath.matchesWhole(path)) return "no";
  if (entry.host && authority !== undefined && !entry.host.matchesWhole(authority)) return "no";
  let open: Answer = "yes";
  if (entry.host && authority === undefined) open = { field: "host", needs: "the request's authority" };
  for (const header of entry.headers) {
    const answer = matchHeader(header, record);
    if (answer === "no") return "no";
    if (answer !== "yes") open = answer;
  }
  return open;
}

/** Hubble's `url` is scheme, authority, path and query; `:path` is the last two, at least `/`. */
function splitUrl(record: HttpRecord): { readonly authority: string | undefined; readonly path: string } {
  const scheme = record.url.indexOf("://");
  if (scheme === -1) {
    const host = record.headers.find(({ key }) => /^(:authority|host)$/i.test(key))?.value;
    return { authority: host, path: record.url };
  }
  const start = scheme + 3;
  const length = record.url.slice(start).search(/[/?]/);
  if (length === -1) return { authority: record.url.slice(start), path: "/" };
  const path = record.url.slice(start + length);
  return {
    authority: record.url.slice(start, start + length),
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
