import { eventText } from "./eventText.ts";
import type { Flow, Layer4, PolicyName, ServiceName } from "./flow.ts";
import { summaryText } from "./summaryText.ts";
import { timeText } from "./timeText.ts";

/** One column of the CSV form of flows: its name, and what it holds; empty for what a flow does not say. */
export interface FlowCsvColumn {
  readonly name: string;
  readonly value: (flow: Flow) => string | number | undefined;
}

/** The columns, in order; the README documents them. Lists are joined with a space, which no member holds. */
export const flowCsvColumns: readonly FlowCsvColumn[] = [
  { name: "time", value: ({ time }) => timeText(time, "RFC3339Nano") },
  { name: "node", value: ({ nodeName }) => nodeName },
  { name: "verdict", value: ({ verdict }) => verdict },
  { name: "drop_reason", value: ({ dropReasonDesc }) => dropReasonDesc },
  { name: "direction", value: direction },
  { name: "reply", value: ({ isReply }) => (isReply === undefined ? undefined : String(isReply)) },
  { name: "event", value: eventText },
  ...sideColumns("source"),
  ...sideColumns("destination"),
  { name: "protocol", value: ({ l4 }) => l4?.protocol },
  { name: "source_port", value: ({ l4 }) => port(l4, "sourcePort") },
  { name: "destination_port", value: ({ l4 }) => port(l4, "destinationPort") },
  { name: "icmp_type", value: ({ l4 }) => (l4 && "code" in l4 ? l4.type : undefined) },
  { name: "tcp_flags", value: ({ l4 }) => (l4?.protocol === "TCP" ? l4.flags?.join(" ") : undefined) },
  { name: "summary", value: summaryText },
  {
    name: "http_method",
    value: ({ l7 }) => (l7?.record?.protocol === "http" ? l7.record.method : undefined),
  },
  { name: "http_url", value: ({ l7 }) => (l7?.record?.protocol === "http" ? l7.record.url : undefined) },
  { name: "http_status", value: httpStatus },
  { name: "dns_query", value: ({ l7 }) => (l7?.record?.protocol === "dns" ? l7.record.query : undefined) },
  { name: "dns_rcode", value: ({ l7 }) => (l7?.record?.protocol === "dns" ? l7.record.rcode : undefined) },
  {
    name: "kafka_topic",
    value: ({ l7 }) => (l7?.record?.protocol === "kafka" ? l7.record.topic : undefined),
  },
  { name: "latency_ms", value: ({ l7 }) => (l7 && l7.latencyNs > 0 ? l7.latencyNs / 1e6 : undefined) },
  { name: "allowed_by", value: (flow) => policies([...flow.ingressAllowedBy, ...flow.egressAllowedBy]) },
  { name: "denied_by", value: (flow) => policies([...flow.ingressDeniedBy, ...flow.egressDeniedBy]) },
  { name: "uuid", value: ({ uuid }) => uuid },
];

/** The first line of the CSV form, without its end. */
export const flowCsvHead = flowCsvColumns.map(({ name }) => name).join(",");

/** A flow as a line of CSV (RFC 4180), without its end. */
export function flowCsvLine(flow: Flow): string {
  return flowCsvColumns.map(({ value }) => csvCell(value(flow))).join(",");
}

/** What spreadsheets take for the beginning of a formula, in full width as well. */
const formula = /^[=+\-@\t\r\n＝＋－＠]/;
const special = /[",\r\n]/;

/**
 * One cell, quoted where RFC 4180 wants it. A text that a spreadsheet would run as a formula gets a leading apostrophe,
 * which spreadsheets take for "this is text".
 */
export function csvCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number") return String(value);
  const text = formula.test(value) ? `'${value}` : value;
  return special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function sideColumns(side: "source" | "destination"): readonly FlowCsvColumn[] {
  const service = (flow: Flow) => (side === "source" ? flow.sourceService : flow.destinationService);
  const names = (flow: Flow) => (side === "source" ? flow.sourceNames : flow.destinationNames);
  return [
    { name: `${side}_namespace`, value: (flow) => flow[side].namespace },
    { name: `${side}_pod`, value: (flow) => flow[side].podName },
    { name: `${side}_workload`, value: (flow) => flow[side].workloads[0]?.name },
    { name: `${side}_identity`, value: (flow) => flow[side].identity || undefined },
    { name: `${side}_labels`, value: (flow) => flow[side].labels.join(" ") },
    { name: `${side}_ip`, value: ({ ip }) => ip?.[side] },
    { name: `${side}_names`, value: (flow) => names(flow).join(" ") },
    { name: `${side}_service`, value: (flow) => serviceText(service(flow)) },
  ];
}

function serviceText(service: ServiceName | undefined): string | undefined {
  return service && `${service.namespace}/${service.name}`;
}

function direction({ trafficDirection }: Flow): string | undefined {
  return trafficDirection === "TRAFFIC_DIRECTION_UNKNOWN" ? undefined : trafficDirection;
}

function port(l4: Layer4 | undefined, side: "sourcePort" | "destinationPort"): number | undefined {
  return l4 && "sourcePort" in l4 ? l4[side] : undefined;
}

function httpStatus({ l7 }: Flow): number | undefined {
  return l7?.record?.protocol === "http" && l7.record.code > 0 ? l7.record.code : undefined;
}

function policies(names: readonly PolicyName[]): string {
  return names.map(({ namespace, name }) => (namespace ? `${namespace}/${name}` : name)).join(" ");
}
