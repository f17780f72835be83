import type { DnsRecord, Flow, HttpRecord, KafkaRecord, Layer4, Layer7 } from "./flow.ts";

/**
 * One line about what was sent, as the `hubble` CLI prints it in brackets: `TCP Flags: SYN`, `DNS Query cilium.io. A`.
 * It is the flow's own summary; where there is none (a field mask, a bare flow), what a relay would have written.
 */
export function summaryText(flow: Flow): string {
  return `${withoutAuthSummary(flow)}${flow.authType ? authText(flow.authType) : ""}`;
}

/** {@link summaryText} without how the peers proved who they are. */
export function withoutAuthSummary(flow: Flow): string {
  const text = flow.summary ?? (flow.l7 ? layer7Summary(flow.l7) : layer4Summary(flow.l4));
  return flow.ipTraceId ? `IP Trace ID: ${flow.ipTraceId}; ${text}` : text;
}

/** What {@link summaryText} ends with: how the peers proved who they are. */
export function authText(authType: string): string {
  return `; Auth: ${authType}`;
}

function layer4Summary(l4: Layer4 | undefined): string {
  if (l4?.protocol === "TCP" && l4.flags) return `TCP Flags: ${l4.flags.join(", ")}`;
  return l4?.protocol ?? "";
}

function layer7Summary(l7: Layer7): string {
  switch (l7.record?.protocol) {
    case "http":
      return httpSummary(l7.record, l7);
    case "dns":
      return dnsSummary(l7.record, l7);
    case "kafka":
      return kafkaSummary(l7.record);
    case undefined:
      return "";
  }
}

function httpSummary(http: HttpRecord, l7: Layer7): string {
  if (l7.type !== "RESPONSE") return `${http.version} ${http.method} ${http.url}`;
  const latencyMs = Math.trunc(l7.latencyNs / 1e6);
  return `${http.version} ${http.code} ${latencyMs}ms (${http.method} ${http.url})`;
}

/** Names of DNS response codes (RFC 1035 and 2136), as Hubble writes them. */
const responseCodes = [
  "No Error",
  "Format Error",
  "Server Failure",
  "Non-Existent Domain",
  "Not Implemented",
  "Query Refused",
  "Name Exists when it should not",
  "RR Set Exists when it should not",
  "RR Set that should exist does not",
  "Not Authorized",
  "Name not contained in zone",
];

function dnsSummary(dns: DnsRecord, l7: Layer7): string {
  const asked = `${dns.query} ${dns.qtypes.join(",")}`;
  if (l7.type !== "RESPONSE") return `DNS Query ${asked}`;
  const answer =
    dns.rcode === 0 ? answerText(dns) : `RCode: ${responseCodes[dns.rcode] ?? String(dns.rcode)}`;
  return `DNS Answer ${answer} (${sourceText(dns.observationSource)} ${asked})`;
}

function answerText(dns: DnsRecord): string {
  const parts: string[] = [];
  if (dns.ips.length > 0) parts.push(quoted(dns.ips), `TTL: ${dns.ttl}`);
  if (dns.cnames.length > 0) parts.push(`CNAMEs: ${quoted(dns.cnames)}`);
  return parts.join(" ");
}

function quoted(texts: readonly string[]): string {
  return `"${texts.join(",")}"`;
}

function sourceText(source: string): string {
  return source.charAt(0).toUpperCase() + source.slice(1);
}

function kafkaSummary(kafka: KafkaRecord): string {
  const topic = kafka.topic ? ` topic '${kafka.topic}'` : "";
  return `Kafka ${kafka.apiKey} correlation id ${kafka.correlationId}${topic}`;
}
