import type { Flow, PolicyName, ServiceName } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { summaryText } from "../flows/summaryText.ts";
import { eventText } from "../flows/eventText.ts";
import { timeText } from "../flows/timeText.ts";
import { responseToJson } from "../hubble/jsonpb.ts";
import type { RowDetails } from "../protocol/engine.ts";
import { flowAt, isKnownPort, portText, sideText, verdictWord } from "./flowRow.ts";
import { type FlowValueName, valueTerm } from "./valueTerm.ts";

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
  const fields: readonly (readonly [name: string, value: string | undefined, term?: FlowValueName])[] = [
    ["Verdict", verdictWord(flow), "verdict"],
    ["Drop reason", flow.dropReasonDesc, "dropReason"],
    ["Allowed by", policies([...flow.ingressAllowedBy, ...flow.egressAllowedBy]), "allowedBy"],
    ["Denied by", policies([...flow.ingressDeniedBy, ...flow.egressDeniedBy]), "deniedBy"],
    ["Policy log", flow.policyLog.join(", ")],
    ["Event", eventText(flow), "event"],
    ["Summary", summaryText(flow), "summary"],
    ["Source", sideText(flow, "source"), "source"],
    ["Source address", ip && `${ip.source}${ports?.from ?? ""}`, "sourceAddress"],
    ["Source translated to", ip?.sourceXlated, "sourceXlated"],
    ["Source service", service(flow.sourceService), "sourceService"],
    ["Source names", flow.sourceNames.join(", "), "sourceNames"],
    ["Source identity", identity(flow.source.identity), "sourceIdentity"],
    ["Destination", sideText(flow, "destination"), "destination"],
    ["Destination address", ip && `${ip.destination}${ports?.to ?? ""}`, "destinationAddress"],
    ["Destination service", service(flow.destinationService), "destinationService"],
    ["Destination names", flow.destinationNames.join(", "), "destinationNames"],
    ["Destination identity", identity(flow.destination.identity), "destinationIdentity"],
    ["Protocol", l4 && (ports ? l4.protocol : `${l4.protocol} ${portText(flow)}`.trim()), "protocol"],
    [
      "Direction",
      flow.trafficDirection === "TRAFFIC_DIRECTION_UNKNOWN" ? "" : flow.trafficDirection.toLowerCase(),
      "direction",
    ],
    ["Reply", flow.isReply === undefined ? undefined : flow.isReply ? "yes" : "no", "reply"],
    ["Latency", l7 && l7.latencyNs > 0 ? `${(l7.latencyNs / 1e6).toFixed(3)} ms` : undefined],
    ["Encrypted", ip?.encrypted ? "yes" : undefined, "encrypted"],
    ["Authentication", flow.authType],
    ["Node", flow.nodeName, "node"],
    ["Time", timeText(flow.time, "RFC3339Nano")],
    ["UUID", flow.uuid, "uuid"],
  ];
  return fields.flatMap(([name, value, valueName]) => {
    if (!value) return [];
    const term = valueName && valueTerm(flow, valueName);
    return [{ name, value, ...(term && { term }) }];
  });
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
