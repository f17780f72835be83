import type { DnsRecord, HttpRecord, KafkaRecord } from "../flows/flow.ts";

/** A request with its response, as a proxy would see them. */
export interface RequestExchange {
  readonly request: HttpRecord | DnsRecord | KafkaRecord;
  readonly response: HttpRecord | DnsRecord | KafkaRecord;
  /** Between the two. */
  readonly latencyNs: number;
}

/** What happens on a connection once the policies let it in. */
export type Exchange =
  | { readonly kind: "requests"; readonly requests: readonly RequestExchange[] }
  /** Something that nobody looks into, such as TLS. */
  | { readonly kind: "data"; readonly latencyNs: number }
  /** One packet there and one back. */
  | {
      readonly kind: "datagram";
      readonly latencyNs: number;
      readonly l7?: Pick<RequestExchange, "request" | "response">;
    }
  /** Nobody listens on the port. */
  | { readonly kind: "refusal" }
  /** Nobody ever answers. */
  | { readonly kind: "silence" };

/** An HTTP/1.1 request to a URL and what came of it. */
export function httpExchange(options: {
  readonly method: string;
  readonly url: string;
  readonly userAgent: string;
  readonly code: number;
  readonly latencyNs: number;
}): RequestExchange {
  const { method, url, userAgent, code, latencyNs } = options;
  const headers = [{ key: "User-Agent", value: userAgent }];
  const request: HttpRecord = { protocol: "http", code: 0, method, url, version: "HTTP/1.1", headers };
  return { request, response: { ...request, code }, latencyNs: Math.floor(latencyNs) };
}

/** A lookup of a name's IPv4 addresses; it failed when `rcode` is not 0. */
export function dnsLookup(options: {
  readonly query: string;
  readonly ips: readonly string[];
  readonly rcode: number;
}): Pick<RequestExchange, "request" | "response"> {
  const { query, ips, rcode } = options;
  const request: DnsRecord = {
    protocol: "dns",
    query,
    ips: [],
    ttl: 0,
    cnames: [],
    observationSource: "proxy",
    rcode: 0,
    qtypes: ["A"],
    rrtypes: [],
  };
  const answered = rcode === 0;
  return {
    request,
    response: {
      ...request,
      rcode,
      ips: answered ? ips : [],
      ttl: answered ? 30 : 0,
      rrtypes: answered ? ["A"] : [],
    },
  };
}

/** A Kafka request and its response. */
export function kafkaExchange(options: {
  readonly apiKey: "produce" | "fetch";
  readonly topic: string;
  readonly correlationId: number;
  readonly latencyNs: number;
}): RequestExchange {
  const { apiKey, topic, correlationId, latencyNs } = options;
  const record: KafkaRecord = {
    protocol: "kafka",
    errorCode: 0,
    apiVersion: 7,
    apiKey,
    correlationId,
    topic,
  };
  return { request: record, response: record, latencyNs: Math.floor(latencyNs) };
}
