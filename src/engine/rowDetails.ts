import type { Flow, PolicyName, ServiceName } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { summaryText } from "../flows/summaryText.ts";
import { eventText } from "../flows/eventText.ts";
import { timeText } from "../flows/timeText.ts";
import { responseToJson } from "../hubble/jsonpb.ts";
import type { RowDetails } from "../protocol/engine.ts";
import { flowAt, isKnownPort, portText, sideText, verdictWord } from "./flowRow.ts";

/** Everything that is known of a row; `null` when it is no longer held. */
export function rowDetails(store: FlowStore, row: number): RowDetails | null {
  const notice = store.noticeAt(row);
  if (notice) {
    return {
      row,
      fields: [{ name: "Time", value: timeText(notice.time, "RFC3339Nano") }],
      sourceLabels: [],
      destinationLabels: [],
      json: JSON.stringify(notice, null, 2),
    };
  }
  const flow = flowAt(store, row);
  const raw = store.rawAt(row);
  if (!flow || !raw) return null;
  return {
    row,
    fields: fieldsOf(flow),
    sourceLabels: flow.source.labels,
    destinationLabels: flow.destination.labels,
    json: JSON.stringify(JSON.parse(responseToJson(raw)), null, 2),
  };
}

/** What a person asks first, first; what the flow does not say is left out. */
function fieldsOf(flow: Flow): RowDetails["fields"] {
  const { ip, l4, l7, eventType } = flow;
  const suffix = (port: number) => (isKnownPort(port, eventType) ? `:${port}` : "");
  const ports =
    l4 && "sourcePort" in l4 ? { from: suffix(l4.sourcePort), to: suffix(l4.destinationPort) } : undefined;
  const fields: readonly (readonly [name: string, value: string | undefined])[] = [
    ["Verdict", verdictWord(flow)],
    ["Drop reason", flow.dropReasonDesc],
    ["Allowed by", policies([...flow.ingressAllowedBy, ...flow.egressAllowedBy])],
    ["Denied by", policies([...flow.ingressDeniedBy, ...flow.egressDeniedBy])],
    ["Policy log", flow.policyLog.join(", ")],
    ["Event", eventText(flow)],
    ["Summary", summaryText(flow)],
    ["Source", sideText(flow, "source")],
    ["Source address", ip && `${ip.source}${ports?.from ?? ""}`],
    ["Source translated to", ip?.sourceXlated],
    ["Source service", service(flow.sourceService)],
    ["Source names", flow.sourceNames.join(", ")],
    ["Source identity", identity(flow.source.identity)],
    ["Destination", sideText(flow, "destination")],
    ["Destination address", ip && `${ip.destination}${ports?.to ?? ""}`],
    ["Destination service", service(flow.destinationService)],
    ["Destination names", flow.destinationNames.join(", ")],
    ["Destination identity", identity(flow.destination.identity)],
    ["Protocol", l4 && (ports ? l4.protocol : `${l4.protocol} ${portText(flow)}`.trim())],
    [
      "Direction",
      flow.trafficDirection === "TRAFFIC_DIRECTION_UNKNOWN" ? "" : flow.trafficDirection.toLowerCase(),
    ],
    ["Reply", flow.isReply === undefined ? undefined : flow.isReply ? "yes" : "no"],
    ["Latency", l7 && l7.latencyNs > 0 ? `${(l7.latencyNs / 1e6).toFixed(3)} ms` : undefined],
    ["Encrypted", ip?.encrypted ? "yes" : undefined],
    ["Authentication", flow.authType],
    ["Node", flow.nodeName],
    ["Time", timeText(flow.time, "RFC3339Nano")],
    ["UUID", flow.uuid],
  ];
  return fields.flatMap(([name, value]) => (value ? [{ name, value }] : []));
}

function policies(names: readonly PolicyName[]): string {
  return names
    .map(({ kind, namespace, name }) => `${kind} ${namespace ? `${namespace}/` : ""}${name}`.trim())
    .join(", ");
}

function service(name: ServiceName | undefined): string | undefined {
  return name && `${name.namespace}/${name.name}`;
}

function identity(number: number): string {
  return number === 0 ? "" : String(number);
}
