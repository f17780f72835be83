import type { DnsRecord, Flow, HttpRecord, Layer4 } from "../flows/flow.ts";

/** The relay's one-line text of what an event carried, such as `TCP Flags: SYN` or `HTTP/1.1 200 22ms (GET http://…)`. */
export function summaryOf({ l4, l7 }: Pick<Flow, "l4" | "l7">): string {
  const record = l7?.record;
  switch (record?.protocol) {
    case undefined:
      return l4 ? packetSummary(l4) : "";
    case "http":
      return httpSummary(record, l7?.latencyNs ?? 0);
    case "dns":
      return dnsSummary(record, l7?.type === "RESPONSE");
    case "kafka":
      return `Kafka ${record.apiKey} correlation id ${record.correlationId} topic '${record.topic}'`;
  }
}

function packetSummary(l4: Layer4): string {
  switch (l4.protocol) {
    case "TCP":
      return l4.flags ? `TCP Flags: ${l4.flags.join(", ")}` : "TCP";
    case "ICMPv4":
      return `ICMPv4 ${l4.type === 0 ? "EchoReply" : "EchoRequest"}`;
    default:
      return l4.protocol;
  }
}

function httpSummary({ version, code, method, url }: HttpRecord, latencyNs: number): string {
  if (code === 0) return `${version} ${method} ${url}`;
  return `${version} ${code} ${Math.floor(latencyNs / 1e6)}ms (${method} ${url})`;
}

/** Names of DNS response codes, as far as the demo's names fail. */
const responseCodes: Readonly<Record<number, string>> = { 2: "Server Failure", 3: "Non-Existent Domain" };

function dnsSummary(record: DnsRecord, response: boolean): string {
  const asked = `${record.query} ${record.qtypes.join(",")}`;
  if (!response) return `DNS Query ${asked}`;
  const answer =
    record.rcode === 0
      ? `"${record.ips.join(",")}" TTL: ${record.ttl}`
      : `RCode: ${responseCodes[record.rcode] ?? record.rcode}`;
  return `DNS Answer ${answer} (Proxy ${asked})`;
}
