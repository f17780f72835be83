import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "../flows/flow.ts";
import type { FlowFilter } from "../flows/flowFilter.ts";
import { enumNumber } from "./enumNames.ts";
import {
  DropReasonSchema,
  FlowFilterSchema,
  IPVersionSchema,
  TrafficDirectionSchema,
  VerdictSchema,
} from "./gen/flow/flow_pb.js";
import type * as wire from "./gen/flow/flow_pb.js";
import { type GetFlowsRequest, GetFlowsRequestSchema } from "./gen/observer/observer_pb.js";
import { writeTimestamp } from "./timestamp.ts";

/** Which flows a relay is asked for. */
export interface FlowsRequest {
  /** At most so many of each node's newest (or, with `first`, oldest) flows; absent: a relay's own choice. */
  readonly number?: number;
  readonly first?: boolean;
  /** Also those to come. */
  readonly follow?: boolean;
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  /** A flow is sent when any of these admits it (or there is none) and none of `blacklist` does. */
  readonly whitelist?: readonly FlowFilter[];
  readonly blacklist?: readonly FlowFilter[];
  /** Paths below `flow.Flow`, such as `source.labels`: what else a flow has is not sent. */
  readonly fieldMask?: readonly string[];
}

/** The message that asks for those flows. */
export function requestToRelay(request: FlowsRequest): GetFlowsRequest {
  const { since, until, fieldMask } = request;
  return create(GetFlowsRequestSchema, {
    number: BigInt(request.number ?? 0),
    first: request.first ?? false,
    follow: request.follow ?? false,
    ...(since && { since: { $typeName: "google.protobuf.Timestamp", ...writeTimestamp(since) } }),
    ...(until && { until: { $typeName: "google.protobuf.Timestamp", ...writeTimestamp(until) } }),
    whitelist: (request.whitelist ?? []).map(filterToRelay),
    blacklist: (request.blacklist ?? []).map(filterToRelay),
    ...(fieldMask && { fieldMask: { paths: [...fieldMask] } }),
  });
}

/** The relay's own form of a filter. A number that is none, and a name that the API does not know, become 0. */
export function filterToRelay(filter: FlowFilter): wire.FlowFilter {
  const cel = filter.celExpression ?? [];
  return create(FlowFilterSchema, {
    uuid: [...(filter.uuid ?? [])],
    nodeName: [...(filter.nodeName ?? [])],
    nodeLabels: [...(filter.nodeLabels ?? [])],
    sourceIp: [...(filter.sourceIp ?? [])],
    destinationIp: [...(filter.destinationIp ?? [])],
    sourceIpXlated: [...(filter.sourceIpXlated ?? [])],
    ipVersion: (filter.ipVersion ?? []).map((name) => enumNumber(IPVersionSchema, name)),
    sourcePod: [...(filter.sourcePod ?? [])],
    destinationPod: [...(filter.destinationPod ?? [])],
    sourceService: [...(filter.sourceService ?? [])],
    destinationService: [...(filter.destinationService ?? [])],
    sourceWorkload: (filter.sourceWorkload ?? []).map(({ kind, name }) => ({ kind, name })),
    destinationWorkload: (filter.destinationWorkload ?? []).map(({ kind, name }) => ({ kind, name })),
    sourceFqdn: [...(filter.sourceFqdn ?? [])],
    destinationFqdn: [...(filter.destinationFqdn ?? [])],
    sourceLabel: [...(filter.sourceLabel ?? [])],
    destinationLabel: [...(filter.destinationLabel ?? [])],
    sourceIdentity: [...(filter.sourceIdentity ?? [])],
    destinationIdentity: [...(filter.destinationIdentity ?? [])],
    sourceClusterName: [...(filter.sourceClusterName ?? [])],
    destinationClusterName: [...(filter.destinationClusterName ?? [])],
    sourcePort: [...(filter.sourcePort ?? [])],
    destinationPort: [...(filter.destinationPort ?? [])],
    protocol: [...(filter.protocol ?? [])],
    tcpFlags: (filter.tcpFlags ?? []).map((flags) => Object.fromEntries(flags.map((flag) => [flag, true]))),
    verdict: (filter.verdict ?? []).map((name) => enumNumber(VerdictSchema, name)),
    eventType: (filter.eventType ?? []).map(({ type, subType }) => ({
      type,
      matchSubType: subType !== undefined,
      subType: subType ?? 0,
    })),
    dropReasonDesc: (filter.dropReasonDesc ?? []).map((name) => enumNumber(DropReasonSchema, name)),
    trafficDirection: (filter.trafficDirection ?? []).map((name) => enumNumber(TrafficDirectionSchema, name)),
    reply: [...(filter.reply ?? [])],
    httpStatusCode: [...(filter.httpStatusCode ?? [])],
    httpMethod: [...(filter.httpMethod ?? [])],
    httpPath: [...(filter.httpPath ?? [])],
    httpUrl: [...(filter.httpUrl ?? [])],
    httpHeader: (filter.httpHeader ?? []).map(({ key, value }) => ({ key, value })),
    dnsQuery: [...(filter.dnsQuery ?? [])],
    traceId: [...(filter.traceId ?? [])],
    ipTraceId: (filter.ipTraceId ?? []).map((text) => (/^\d{1,20}$/.test(text) ? BigInt(text) : 0n)),
    interface: (filter.interface ?? []).map(({ index, name }) => ({ index, name })),
    encrypted: [...(filter.encrypted ?? [])],
    ...(cel.length > 0 && { experimental: { celExpression: [...cel] } }),
  });
}
