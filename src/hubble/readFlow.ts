import {
  type Endpoint,
  type Flow,
  flowTypes,
  ipVersions,
  type IpPair,
  type Layer4,
  type Layer7,
  l7Types,
  type PolicyName,
  tcpFlags,
  type Timestamp,
  trafficDirections,
  verdicts,
} from "../flows/flow.ts";
import { EndpointCache } from "./endpointCache.ts";
import { enumName } from "./enumNames.ts";
import {
  AuthType,
  AuthTypeSchema,
  DebugCapturePointSchema,
  DropReason,
  DropReasonSchema,
  SocketTranslationPointSchema,
  TraceObservationPointSchema,
  TraceReasonSchema,
} from "./gen/flow/flow_pb.js";
import type * as wire from "./gen/flow/flow_pb.js";
import { readTimestamp } from "./timestamp.ts";

/** About the endpoints of a large cluster, at some 1 KB each. */
const endpoints = new EndpointCache(32_768);

/** The endpoint object that all flows with an equal one share; an absent one is the endpoint without any fact. */
export function shareEndpoint(endpoint: Endpoint | undefined): Endpoint {
  return endpoints.share(endpoint);
}

const noTime: Timestamp = { seconds: 0, nanos: 0 };

/** What the response around a flow says, for flows that do not say it themselves. */
export interface FlowEnvelope {
  readonly time: Timestamp | undefined;
  readonly nodeName: string;
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Makes our own flow of a decoded one; equal endpoints become one object. */
export function readFlow(from: wire.Flow, envelope: FlowEnvelope): Flow {
  const flow: Writable<Flow> = {
    time: from.time ? readTimestamp(from.time) : (envelope.time ?? noTime),
    verdict: memberAt(verdicts, from.verdict),
    type: memberAt(flowTypes, from.Type),
    eventType: from.eventType?.type ?? 0,
    eventSubType: from.eventType?.subType ?? 0,
    trafficDirection: memberAt(trafficDirections, from.trafficDirection),
    source: readEndpoint(from.source),
    destination: readEndpoint(from.destination),
    sourceNames: from.sourceNames,
    destinationNames: from.destinationNames,
    policyMatchType: from.policyMatchType,
    ingressAllowedBy: from.ingressAllowedBy.map(readPolicy),
    ingressDeniedBy: from.ingressDeniedBy.map(readPolicy),
    egressAllowedBy: from.egressAllowedBy.map(readPolicy),
    egressDeniedBy: from.egressDeniedBy.map(readPolicy),
    policyLog: from.policyLog,
    traceObservationPoint: enumName(TraceObservationPointSchema, from.traceObservationPoint),
    traceReason: enumName(TraceReasonSchema, from.traceReason),
    debugCapturePoint: enumName(DebugCapturePointSchema, from.debugCapturePoint),
    sockXlatePoint: enumName(SocketTranslationPointSchema, from.sockXlatePoint),
  };
  addOptional(flow, from, envelope);
  return flow;
}

/** One assignment each: this runs for every flow, and spreading conditions into the literal takes twice as long. */
function addOptional(flow: Writable<Flow>, from: wire.Flow, envelope: FlowEnvelope): void {
  const nodeName = from.nodeName || envelope.nodeName;
  const l4 = readLayer4(from.l4);
  if (from.uuid) flow.uuid = from.uuid;
  if (nodeName) flow.nodeName = nodeName;
  if (from.nodeLabels.length > 0) flow.nodeLabels = from.nodeLabels;
  if (from.dropReasonDesc !== DropReason.DROP_REASON_UNKNOWN) {
    flow.dropReasonDesc = enumName(DropReasonSchema, from.dropReasonDesc);
  }
  if (from.authType !== AuthType.DISABLED) flow.authType = enumName(AuthTypeSchema, from.authType);
  if (from.isReply !== undefined) flow.isReply = from.isReply;
  if (from.sourceService) flow.sourceService = readService(from.sourceService);
  if (from.destinationService) flow.destinationService = readService(from.destinationService);
  if (from.IP) flow.ip = readIp(from.IP);
  if (from.ethernet) {
    flow.ethernet = { source: from.ethernet.source, destination: from.ethernet.destination };
  }
  if (l4) flow.l4 = l4;
  if (from.l7) flow.l7 = readLayer7(from.l7);
  if (from.proxyPort !== 0) flow.proxyPort = from.proxyPort;
  if (from.interface) flow.interface = { index: from.interface.index, name: from.interface.name };
  const traceId = from.traceContext?.parent?.traceId;
  if (traceId) flow.traceId = traceId;
  if (from.ipTraceId && from.ipTraceId.traceId !== 0n) flow.ipTraceId = String(from.ipTraceId.traceId);
  if (from.Summary) flow.summary = from.Summary;
}

function readEndpoint(from: wire.Endpoint | undefined): Endpoint {
  if (!from) return endpoints.share(undefined);
  const { identity, clusterName, namespace, podName, labels, workloads } = from;
  return endpoints.share({ id: from.ID, identity, clusterName, namespace, podName, labels, workloads });
}

function readService(from: wire.Service): { readonly namespace: string; readonly name: string } {
  return { namespace: from.namespace, name: from.name };
}

function readIp(from: wire.IP): IpPair {
  return {
    source: from.source,
    destination: from.destination,
    ...(from.sourceXlated && { sourceXlated: from.sourceXlated }),
    version: memberAt(ipVersions, from.ipVersion),
    encrypted: from.encrypted,
  };
}

/** A layer 4 that names no protocol we know is none. */
function readLayer4(from: wire.Layer4 | undefined): Layer4 | undefined {
  const protocol = from?.protocol;
  switch (protocol?.case) {
    case undefined:
      return undefined;
    case "TCP": {
      const { sourcePort, destinationPort, flags } = protocol.value;
      const set = flags && tcpFlags.filter((name) => flags[name]);
      return set
        ? { protocol: "TCP", sourcePort, destinationPort, flags: set }
        : { protocol: "TCP", sourcePort, destinationPort };
    }
    case "UDP":
    case "SCTP": {
      const { sourcePort, destinationPort } = protocol.value;
      return { protocol: protocol.case, sourcePort, destinationPort };
    }
    case "ICMPv4":
    case "ICMPv6":
      return { protocol: protocol.case, type: protocol.value.type, code: protocol.value.code };
    case "VRRP": {
      const { type, vrid, priority } = protocol.value;
      return { protocol: "VRRP", type, vrid, priority };
    }
    case "IGMP": {
      const { type, groupAddress } = protocol.value;
      return { protocol: "IGMP", type, groupAddress };
    }
  }
}

function readLayer7(from: wire.Layer7): Layer7 {
  const record = readRecord(from);
  return {
    type: memberAt(l7Types, from.type),
    latencyNs: Number(from.latencyNs),
    ...(record && { record }),
  };
}

function readRecord({ record }: wire.Layer7): Layer7["record"] {
  switch (record.case) {
    case undefined:
      return undefined;
    case "http": {
      const { code, method, url, protocol, headers } = record.value;
      const pairs = headers.map(({ key, value }) => ({ key, value }));
      return { protocol: "http", code, method, url, version: protocol, headers: pairs };
    }
    case "dns": {
      const { query, ips, ttl, cnames, observationSource, rcode, qtypes, rrtypes } = record.value;
      return { protocol: "dns", query, ips, ttl, cnames, observationSource, rcode, qtypes, rrtypes };
    }
    case "kafka": {
      const { errorCode, apiVersion, apiKey, correlationId, topic } = record.value;
      return { protocol: "kafka", errorCode, apiVersion, apiKey, correlationId, topic };
    }
  }
}

function readPolicy(from: wire.Policy): PolicyName {
  const { kind, namespace, name, labels, revision } = from;
  return { kind, namespace, name, labels, revision: String(revision) };
}

/** A number that a newer relay may know and we do not is the first member, which is "unknown". */
function memberAt<T>(members: readonly [T, ...T[]], number: number): T {
  return members[number] ?? members[0];
}
