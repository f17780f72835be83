import { fromBinary } from "@bufbuild/protobuf";
import type { Flow, Notice } from "../flows/flow.ts";
import { enumName } from "./enumNames.ts";
import { LostEventSourceSchema } from "./gen/flow/flow_pb.js";
import { type GetFlowsResponse, GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { NodeStateSchema } from "./gen/relay/relay_pb.js";
import { isJsonLine, lineText, responseFromJson } from "./jsonpb.ts";
import { readFlow } from "./readFlow.ts";
import { readPlainLine } from "./readPlainLine.ts";
import { readTimestamp } from "./timestamp.ts";

/** What one message of a stream of flows says; `undecodable` says in `message` why nothing could be read. */
export type ReadResponse =
  | { readonly kind: "flow"; readonly flow: Flow }
  | { readonly kind: "notice"; readonly notice: Notice }
  | { readonly kind: "undecodable"; readonly message: string };

/** Reads one `observer.GetFlowsResponse`: its bytes, or its line of JSON, as captures hold it. Never throws. */
export function readResponse(raw: Uint8Array): ReadResponse {
  if (isJsonLine(raw)) return readJsonLine(raw);
  let response: GetFlowsResponse;
  try {
    response = fromBinary(GetFlowsResponseSchema, raw);
  } catch (error) {
    // Whatever the bytes are, a decoder's complaint about them is data.
    return { kind: "undecodable", message: error instanceof Error ? error.message : String(error) };
  }
  return readDecoded(response);
}

function readJsonLine(line: Uint8Array): ReadResponse {
  const flow = readPlainLine(line);
  if (flow) return { kind: "flow", flow };
  const read = responseFromJson(lineText(line));
  return "raw" in read ? readResponse(read.raw) : { kind: "undecodable", message: read.error };
}

function readDecoded(response: GetFlowsResponse): ReadResponse {
  const { responseTypes, nodeName } = response;
  const time = response.time && readTimestamp(response.time);
  switch (responseTypes.case) {
    case "flow":
      return { kind: "flow", flow: readFlow(responseTypes.value, { time, nodeName }) };
    case "lostEvents": {
      const { source, numEventsLost, cpu, first, last } = responseTypes.value;
      return {
        kind: "notice",
        notice: {
          kind: "lost-events",
          time: time ?? (last ? readTimestamp(last) : { seconds: 0, nanos: 0 }),
          nodeName,
          source: enumName(LostEventSourceSchema, source),
          count: Number(numEventsLost),
          ...(cpu !== undefined && { cpu }),
          ...(first && { first: readTimestamp(first) }),
          ...(last && { last: readTimestamp(last) }),
        },
      };
    }
    case "nodeStatus": {
      const { stateChange, nodeNames, message } = responseTypes.value;
      return {
        kind: "notice",
        notice: {
          kind: "node-status",
          time: time ?? { seconds: 0, nanos: 0 },
          nodeName,
          state: enumName(NodeStateSchema, stateChange),
          nodeNames,
          message,
        },
      };
    }
    case undefined: {
      const fields = response.$unknown?.map((field) => field.no) ?? [];
      const message =
        fields.length > 0
          ? `an unknown kind of event (field ${fields.join(", ")})`
          : "a response without an event";
      return { kind: "undecodable", message };
    }
  }
}
