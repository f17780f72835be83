import { fromBinary } from "@bufbuild/protobuf";
import {
  type Endpoint,
  type Flow,
  flowTypes,
  ipVersions,
  l7Types,
  type Layer4,
  layer4Protocols,
  tcpFlags,
  trafficDirections,
  verdicts,
} from "../../src/flows/flow.ts";
import type { Attribution, FlowDictionaries } from "../../src/flows/flowDictionaries.ts";
import type { FlowRecord } from "../../src/flows/flowRecord.ts";
import { enumName } from "../../src/hubble/enumNames.ts";
import * as schemas from "../../src/hubble/gen/flow/flow_pb.js";

/** All that a record says of a flow, with what its numbers stand for in place of the numbers. */
export interface ScannedFields {
  readonly time: string;
  readonly uuid: string;
  readonly nodeName: string;
  readonly verdict: string;
  readonly dropReason: string;
  readonly direction: string;
  readonly type: string;
  readonly event: readonly number[];
  readonly isReply: boolean | undefined;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly addresses: readonly unknown[];
  readonly names: readonly string[];
  readonly services: readonly string[];
  readonly layer4: readonly unknown[];
  readonly layer7: readonly unknown[];
  readonly policyMatchType: number;
  readonly attribution: Attribution;
  readonly points: readonly string[];
  readonly authType: string | undefined;
  readonly proxyPort: number;
  readonly summary: string;
  readonly ethernet: Flow["ethernet"];
  readonly ipTraceId: string | undefined;
}

/** What a full decoder read. */
export function fieldsOfFlow(flow: Flow): ScannedFields {
  const { ip, l7 } = flow;
  return {
    time: `${flow.time.seconds}.${flow.time.nanos}`,
    uuid: flow.uuid ?? "",
    nodeName: flow.nodeName ?? "",
    verdict: flow.verdict,
    dropReason: flow.dropReasonDesc ?? "",
    direction: flow.trafficDirection,
    type: flow.type,
    event: [flow.eventType, flow.eventSubType],
    isReply: flow.isReply,
    source: flow.source,
    destination: flow.destination,
    addresses: ip ? [ip.source, ip.destination, ip.version, ip.encrypted] : [],
    names: [flow.sourceNames.join(","), flow.destinationNames.join(",")],
    services: [flow.sourceService, flow.destinationService].map((service) =>
      service ? `${service.namespace}/${service.name}` : "",
    ),
    layer4: flow.l4 ? layer4Fields(flow.l4) : [],
    layer7: [l7?.type ?? "UNKNOWN_L7_TYPE", l7?.latencyNs ?? 0, l7?.record],
    policyMatchType: flow.policyMatchType,
    attribution: {
      allowedBy: [...flow.ingressAllowedBy, ...flow.egressAllowedBy],
      deniedBy: [...flow.ingressDeniedBy, ...flow.egressDeniedBy],
    },
    points: [flow.traceObservationPoint, flow.traceReason, flow.debugCapturePoint, flow.sockXlatePoint],
    authType: flow.authType,
    proxyPort: flow.proxyPort ?? 0,
    summary: flow.summary ?? "",
    ethernet: flow.ethernet,
    ipTraceId: flow.ipTraceId,
  };
}

function layer4Fields(l4: Layer4): readonly unknown[] {
  switch (l4.protocol) {
    case "TCP":
      return [l4.protocol, l4.sourcePort, l4.destinationPort, l4.flags];
    case "UDP":
    case "SCTP":
      return [l4.protocol, l4.sourcePort, l4.destinationPort, undefined];
    case "ICMPv4":
    case "ICMPv6":
      return [l4.protocol, l4.code, l4.type, undefined];
    case "VRRP":
    case "IGMP":
      return [l4.protocol, 0, l4.type, undefined];
  }
}

/** What a scanner wrote into a record of the message `raw`. */
export function fieldsOfRecord(
  record: FlowRecord,
  dictionaries: FlowDictionaries,
  raw: Uint8Array,
): ScannedFields {
  const { strings, endpoints, l7Records, attributions } = dictionaries;
  const text = (number: number) => strings.get(number) ?? "";
  const textAt = (start: number, end: number) => Buffer.from(raw.subarray(start, end)).toString("utf8");
  const { protocol, sourcePort, destinationPort } = record;
  const flags = tcpFlags.filter((_, bit) => (record.tcpFlags & (1 << bit)) !== 0);
  return {
    time: `${record.seconds}.${record.nanos}`,
    uuid: uuidOf(record),
    nodeName: text(record.nodeName),
    verdict: verdicts[record.verdict] ?? "",
    dropReason: text(record.dropReason),
    direction: trafficDirections[record.trafficDirection] ?? "",
    type: flowTypes[record.flowType] ?? "",
    event: [record.eventType, record.eventSubType],
    isReply: record.isReply === 0 ? undefined : record.isReply === 2,
    source: endpointAt(endpoints.get(record.source)),
    destination: endpointAt(endpoints.get(record.destination)),
    addresses: record.hasIp
      ? [
          text(record.sourceIp),
          text(record.destinationIp),
          ipVersions[record.ipVersion],
          record.encrypted === 1,
        ]
      : [],
    names: [text(record.sourceNames), text(record.destinationNames)],
    services: [text(record.sourceService), text(record.destinationService)],
    layer4:
      protocol === 0
        ? []
        : [
            layer4Protocols[protocol],
            sourcePort,
            destinationPort,
            record.hasTcpFlags === 1 ? flags : undefined,
          ],
    layer7: [l7Types[record.l7Type], record.latencyNs, l7Records.get(record.l7Record)],
    policyMatchType: record.policyMatchType,
    attribution: attributions.get(record.attribution) ?? { allowedBy: [], deniedBy: [] },
    points: [
      enumName(schemas.TraceObservationPointSchema, record.traceObservationPoint),
      enumName(schemas.TraceReasonSchema, record.traceReason),
      enumName(schemas.DebugCapturePointSchema, record.debugCapturePoint),
      enumName(schemas.SocketTranslationPointSchema, record.sockXlatePoint),
    ],
    authType: record.authType === 0 ? undefined : enumName(schemas.AuthTypeSchema, record.authType),
    proxyPort: record.proxyPort,
    summary: textAt(record.summaryStart, record.summaryEnd),
    ethernet: ethernetAt(raw.subarray(record.ethernetStart, record.ethernetEnd), record.ethernetEnd !== 0),
    ipTraceId: ipTraceIdOf(raw.subarray(record.ipTraceIdStart, record.ipTraceIdEnd)),
  };
}

function ethernetAt(bytes: Uint8Array, isThere: boolean): Flow["ethernet"] {
  if (!isThere) return undefined;
  const { source, destination } = fromBinary(schemas.EthernetSchema, bytes);
  return { source, destination };
}

function ipTraceIdOf(bytes: Uint8Array): string | undefined {
  const { traceId } = fromBinary(schemas.IPTraceIDSchema, bytes);
  return traceId === 0n ? undefined : String(traceId);
}

function endpointAt(endpoint: Endpoint | undefined): Endpoint {
  if (!endpoint) throw new Error("a side without an endpoint");
  return endpoint;
}

function uuidOf(record: FlowRecord): string {
  if (record.uuidForm !== 1) return record.uuidText;
  const digits = [record.uuid0, record.uuid1, record.uuid2, record.uuid3]
    .map((word) => word.toString(16).padStart(8, "0"))
    .join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
