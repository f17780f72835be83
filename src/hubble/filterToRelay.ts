import { create } from "@bufbuild/protobuf";
import type { Timestamp } from "../flows/flow.ts";
import type { FlowFilter } from "../flows/flowFilter.ts";
import { enumNumber } from "./enumNames.ts";
import { DropReasonSchema, FlowFilterSchema, VerdictSchema } from "./gen/flow/flow_pb.js";
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

/** The relay's own form of a filter. */
export function filterToRelay(filter: FlowFilter): wire.FlowFilter {
  return create(FlowFilterSchema, {
    uuid: [...(filter.uuid ?? [])],
    sourcePod: [...(filter.sourcePod ?? [])],
    destinationPod: [...(filter.destinationPod ?? [])],
    sourceWorkload: (filter.sourceWorkload ?? []).map(({ kind, name }) => ({ kind, name })),
    destinationWorkload: (filter.destinationWorkload ?? []).map(({ kind, name }) => ({ kind, name })),
    verdict: (filter.verdict ?? []).map((name) => enumNumber(VerdictSchema, name)),
    eventType: (filter.eventType ?? []).map(({ type, subType }) => ({
      type,
      matchSubType: subType !== undefined,
      subType: subType ?? 0,
    })),
    dropReasonDesc: (filter.dropReasonDesc ?? []).map((name) => enumNumber(DropReasonSchema, name)),
  });
}
