import { create } from "@bufbuild/protobuf";
import type { Endpoint, Flow, Layer4, Layer7, PolicyName } from "../flows/flow.ts";
import { enumNumber } from "./enumNames.ts";
import {
  AuthTypeSchema,
  DebugCapturePointSchema,
  DNSSchema,
  DropReasonSchema,
  EndpointSchema,
  FlowSchema,
  FlowTypeSchema,
  HTTPSchema,
  ICMPv4Schema,
  ICMPv6Schema,
  IGMPSchema,
  IPVersionSchema,
  KafkaSchema,
  L7FlowTypeSchema,
  Layer4Schema,
  Layer7Schema,
  PolicySchema,
  SCTPSchema,
  SocketTranslationPointSchema,
  TCPFlagsSchema,
  TCPSchema,
  TraceObservationPointSchema,
  TraceReasonSchema,
  TrafficDirectionSchema,
  UDPSchema,
  VerdictSchema,
  VRRPSchema,
} from "./gen/flow/flow_pb.js";
import type * as wire from "./gen/flow/flow_pb.js";
import { writeTimestamp } from "./timestamp.ts";

/** The message for a flow, with the superseded fields filled as well (older readers look there). */
export function wireFlow(flow: Flow): wire.Flow {
  const dropReason = enumNumber(DropReasonSchema, flow.dropReasonDesc ?? "");
  return create(FlowSchema, {
    time: { $typeName: "google.protobuf.Timestamp", ...writeTimestamp(flow.time) },
    uuid: flow.uuid ?? "",
    verdict: enumNumber(VerdictSchema, flow.verdict),
    dropReason,
    dropReasonDesc: dropReason,
    authType: enumNumber(AuthTypeSchema, flow.authType ?? ""),
    ...(flow.ethernet && { ethernet: { ...flow.ethernet } }),
    ...(flow.ip && {
      IP: {
        source: flow.ip.source,
        destination: flow.ip.destination,
        sourceXlated: flow.ip.sourceXlated ?? "",
        ipVersion: enumNumber(IPVersionSchema, flow.ip.version),
        encrypted: flow.ip.encrypted,
      },
    }),
    ...(flow.l4 && { l4: wireLayer4(flow.l4) }),
    source: wireEndpoint(flow.source),
    destination: wireEndpoint(flow.destination),
    Type: enumNumber(FlowTypeSchema, flow.type),
    nodeName: flow.nodeName ?? "",
    nodeLabels: [...(flow.nodeLabels ?? [])],
    sourceNames: [...flow.sourceNames],
    destinationNames: [...flow.destinationNames],
    ...(flow.l7 && { l7: wireLayer7(flow.l7) }),
    reply: flow.isReply ?? false,
    eventType: { type: flow.eventType, subType: flow.eventSubType },
    ...(flow.sourceService && { sourceService: { ...flow.sourceService } }),
    ...(flow.destinationService && { destinationService: { ...flow.destinationService } }),
    trafficDirection: enumNumber(TrafficDirectionSchema, flow.trafficDirection),
    policyMatchType: flow.policyMatchType,
    traceObservationPoint: enumNumber(TraceObservationPointSchema, flow.traceObservationPoint),
    traceReason: enumNumber(TraceReasonSchema, flow.traceReason),
    ...(flow.isReply !== undefined && { isReply: flow.isReply }),
    debugCapturePoint: enumNumber(DebugCapturePointSchema, flow.debugCapturePoint),
    proxyPort: flow.proxyPort ?? 0,
    ...(flow.interface && { interface: { ...flow.interface } }),
    ...(flow.traceId && { traceContext: { parent: { traceId: flow.traceId } } }),
    ...(flow.ipTraceId && { ipTraceId: { traceId: decimal(flow.ipTraceId) } }),
    sockXlatePoint: enumNumber(SocketTranslationPointSchema, flow.sockXlatePoint),
    Summary: flow.summary ?? "",
    egressAllowedBy: flow.egressAllowedBy.map(wirePolicy),
    ingressAllowedBy: flow.ingressAllowedBy.map(wirePolicy),
    egressDeniedBy: flow.egressDeniedBy.map(wirePolicy),
    ingressDeniedBy: flow.ingressDeniedBy.map(wirePolicy),
    policyLog: [...flow.policyLog],
  });
}

function wireEndpoint(endpoint: Endpoint): wire.Endpoint {
  return create(EndpointSchema, {
    ID: endpoint.id,
    identity: endpoint.identity,
    clusterName: endpoint.clusterName,
    namespace: endpoint.namespace,
    podName: endpoint.podName,
    labels: [...endpoint.labels],
    workloads: endpoint.workloads.map(({ kind, name }) => ({ kind, name })),
  });
}

function wireLayer4(l4: Layer4): wire.Layer4 {
  return create(Layer4Schema, { protocol: wireProtocol(l4) });
}

function wireProtocol(l4: Layer4): wire.Layer4["protocol"] {
  switch (l4.protocol) {
    case "TCP": {
      const { sourcePort, destinationPort } = l4;
      const flags =
        l4.flags && create(TCPFlagsSchema, Object.fromEntries(l4.flags.map((flag) => [flag, true])));
      return {
        case: "TCP",
        value: create(TCPSchema, { sourcePort, destinationPort, ...(flags && { flags }) }),
      };
    }
    case "UDP":
      return { case: "UDP", value: create(UDPSchema, ports(l4)) };
    case "SCTP":
      return { case: "SCTP", value: create(SCTPSchema, ports(l4)) };
    case "ICMPv4":
      return { case: "ICMPv4", value: create(ICMPv4Schema, { type: l4.type, code: l4.code }) };
    case "ICMPv6":
      return { case: "ICMPv6", value: create(ICMPv6Schema, { type: l4.type, code: l4.code }) };
    case "VRRP":
      return {
        case: "VRRP",
        value: create(VRRPSchema, { type: l4.type, vrid: l4.vrid, priority: l4.priority }),
      };
    case "IGMP":
      return {
        case: "IGMP",
        value: create(IGMPSchema, { type: l4.type, groupAddress: l4.groupAddress }),
      };
  }
}

function ports(l4: { readonly sourcePort: number; readonly destinationPort: number }) {
  return { sourcePort: l4.sourcePort, destinationPort: l4.destinationPort };
}

function wireLayer7(l7: Layer7): wire.Layer7 {
  return create(Layer7Schema, {
    type: enumNumber(L7FlowTypeSchema, l7.type),
    latencyNs: BigInt(Math.trunc(l7.latencyNs)),
    record: wireRecord(l7.record),
  });
}

function wireRecord(record: Layer7["record"]): wire.Layer7["record"] {
  switch (record?.protocol) {
    case undefined:
      return { case: undefined };
    case "http": {
      const { code, method, url, version } = record;
      const headers = record.headers.map(({ key, value }) => ({ key, value }));
      return { case: "http", value: create(HTTPSchema, { code, method, url, protocol: version, headers }) };
    }
    case "dns": {
      const { query, ttl, observationSource, rcode } = record;
      const lists = {
        ips: [...record.ips],
        cnames: [...record.cnames],
        qtypes: [...record.qtypes],
        rrtypes: [...record.rrtypes],
      };
      return { case: "dns", value: create(DNSSchema, { query, ttl, observationSource, rcode, ...lists }) };
    }
    case "kafka": {
      const { errorCode, apiVersion, apiKey, correlationId, topic } = record;
      const value = create(KafkaSchema, { errorCode, apiVersion, apiKey, correlationId, topic });
      return { case: "kafka", value };
    }
  }
}

function wirePolicy(policy: PolicyName): wire.Policy {
  const { kind, namespace, name } = policy;
  const revision = decimal(policy.revision);
  return create(PolicySchema, { kind, namespace, name, labels: [...policy.labels], revision });
}

function decimal(text: string): bigint {
  return /^\d{1,20}$/.test(text) ? BigInt(text) : 0n;
}
