import { create, toBinary } from "@bufbuild/protobuf";
import type { Timestamp as WireTimestamp } from "@bufbuild/protobuf/wkt";
import type { Flow, Notice, Timestamp } from "../flows/flow.ts";
import { enumNumber } from "./enumNames.ts";
import { LostEventSchema, LostEventSourceSchema } from "./gen/flow/flow_pb.js";
import { type GetFlowsResponse, GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { NodeStateSchema, NodeStatusEventSchema } from "./gen/relay/relay_pb.js";
import { writeTimestamp } from "./timestamp.ts";
import { wireFlow } from "./wireFlow.ts";

/** The bytes of the `observer.GetFlowsResponse` that carries this flow, as a relay would send it. */
export function writeFlow(flow: Flow): Uint8Array {
  return write(flow, { case: "flow", value: wireFlow(flow) });
}

/** The bytes of the `observer.GetFlowsResponse` that carries this notice; a gap is ours alone and has none. */
export function writeNotice(notice: Exclude<Notice, { readonly kind: "gap" }>): Uint8Array {
  if (notice.kind === "lost-events") {
    const value = create(LostEventSchema, {
      source: enumNumber(LostEventSourceSchema, notice.source),
      numEventsLost: BigInt(Math.trunc(notice.count)),
      ...(notice.cpu !== undefined && { cpu: notice.cpu }),
      ...(notice.first && { first: wireTime(notice.first) }),
      ...(notice.last && { last: wireTime(notice.last) }),
    });
    return write(notice, { case: "lostEvents", value });
  }
  const value = create(NodeStatusEventSchema, {
    stateChange: enumNumber(NodeStateSchema, notice.state),
    nodeNames: [...notice.nodeNames],
    message: notice.message,
  });
  return write(notice, { case: "nodeStatus", value });
}

function write(
  of: Pick<Flow, "time" | "nodeName">,
  responseTypes: GetFlowsResponse["responseTypes"],
): Uint8Array {
  const head = { nodeName: of.nodeName ?? "", time: wireTime(of.time) };
  const response = create(GetFlowsResponseSchema, { ...head, responseTypes });
  return toBinary(GetFlowsResponseSchema, response);
}

function wireTime(time: Timestamp): WireTimestamp {
  return { $typeName: "google.protobuf.Timestamp", ...writeTimestamp(time) };
}
