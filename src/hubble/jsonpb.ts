import {
  create,
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonObject,
  type JsonValue,
  type MessageShape,
  toBinary,
  toJson,
} from "@bufbuild/protobuf";
import { type Any, AnySchema, type Timestamp } from "@bufbuild/protobuf/wkt";
import { goJsonText, inDeclaredOrder } from "./declaredOrder.ts";
import { FlowSchema } from "./gen/flow/flow_pb.js";
import { type GetFlowsResponse, GetFlowsResponseSchema } from "./gen/observer/observer_pb.js";
import { readTimestamp, writeTimestamp } from "./timestamp.ts";

/**
 * What a line of a capture holds. With an error, `skipped` says that the line is well-formed, but neither a flow nor a
 * notice: an agent's event, say.
 */
export type JsonpbLine =
  | { readonly raw: Uint8Array }
  | { readonly error: string; readonly skipped?: boolean };

const responseKeys = keysOf(GetFlowsResponseSchema, ["flow", "node_status", "lost_events"]);
const skippedKeys: ReadonlySet<string> = new Set(["agent_event", "agentEvent", "debug_event", "debugEvent"]);
/** Fields that only a flow has; `time` and `node_name` are on responses as well. */
const flowKeys = keysOf(
  FlowSchema,
  FlowSchema.fields.map((field) => field.name).filter((name) => name !== "time" && name !== "node_name"),
);

const brace = 0x7b;

/**
 * Is this an event as its line of JSON, rather than as the bytes of a message? Captures keep lines as they are. No
 * response begins with this byte: as a tag it would be a group of field 15.
 */
export function isJsonLine(raw: Uint8Array): boolean {
  return raw[0] === brace;
}

/** The text of a line of JSON. */
export function lineText(line: Uint8Array): string {
  return Buffer.from(line.buffer, line.byteOffset, line.length).toString("utf8");
}

/** Decodes a response from its bytes or from its line of JSON; throws when it is none. */
export function decodeResponse(raw: Uint8Array): GetFlowsResponse {
  if (!isJsonLine(raw)) return fromBinary(GetFlowsResponseSchema, raw);
  const read = messageFromJson(lineText(raw));
  if ("error" in read) throw new Error(read.error);
  return read.response;
}

/**
 * One `observer.GetFlowsResponse`, from its bytes or its line, in proto3 JSON on one line, as `hubble observe -o jsonpb`
 * prints it: the proto's own field names, 64-bit numbers as strings, times to the nanosecond. Throws when it is no response.
 */
export function responseToJson(raw: Uint8Array): string {
  return writeJson(decodeResponse(raw));
}

/** As {@link responseToJson}, of a decoded response, which is changed on the way. */
export function writeJson(response: GetFlowsResponse): string {
  const extensions = detachExtensions(response);
  for (const time of timesOf(response)) Object.assign(time, writeTimestamp(readTimestamp(time)));
  const json = toJson(GetFlowsResponseSchema, response, { useProtoFieldName: true });
  if (extensions && isObject(json) && isObject(json["flow"])) {
    json["flow"]["extensions"] = { "@type": extensions.typeUrl, value: base64(extensions) };
  }
  return goJsonText(isObject(json) ? inDeclaredOrder(GetFlowsResponseSchema, json) : json);
}

/**
 * Reads one line of JSON: a `GetFlowsResponse`, a line of an agent's exporter, or a bare flow; the proto's field names
 * or camelCase. Fields that we do not know are ignored. Never throws.
 */
export function responseFromJson(line: string): JsonpbLine {
  const read = messageFromJson(line);
  return "error" in read ? read : { raw: toBinary(GetFlowsResponseSchema, read.response) };
}

function messageFromJson(
  line: string,
): { readonly response: GetFlowsResponse } | { readonly error: string; readonly skipped?: boolean } {
  try {
    const json = JSON.parse(line) as JsonValue;
    if (!isObject(json)) return { error: "not a JSON object" };
    const keys = Object.keys(json);
    if (keys.some((key) => responseKeys.has(key))) return { response: readJson(json) };
    const skipped = keys.find((key) => skippedKeys.has(key));
    if (skipped !== undefined) return { error: `holds ${skipped}, no flow`, skipped: true };
    if (keys.some((key) => flowKeys.has(key))) return { response: readJson(wrapFlow(json)) };
    return { error: "neither a flow, nor lost events, nor a node's status" };
  } catch (error) {
    // Whatever the line is, the parser's complaint about it is data.
    return { error: withoutControls(error instanceof Error ? error.message : String(error)) };
  }
}

/** The parser quotes the line, which may hold what a terminal would act on. */
function withoutControls(message: string): string {
  return message.replaceAll(/\p{Cc}/gu, "�");
}

function readJson(json: JsonObject): GetFlowsResponse {
  const flow = json["flow"];
  const extensions = isObject(flow) ? readExtensions(flow["extensions"]) : undefined;
  const known = isObject(flow) ? { ...json, flow: { ...flow, extensions: null } } : json;
  const response = fromJson(GetFlowsResponseSchema, known, { ignoreUnknownFields: true });
  if (response.responseTypes.case === undefined) throw new Error("the event is empty");
  if (extensions && response.responseTypes.case === "flow")
    response.responseTypes.value.extensions = extensions;
  return response;
}

function wrapFlow(flow: JsonObject): JsonObject {
  const time = flow["time"];
  const nodeName = flow["node_name"] ?? flow["nodeName"];
  return {
    flow,
    ...(time !== undefined && { time }),
    ...(nodeName !== undefined && { node_name: nodeName }),
  };
}

/** Extensions are of types that only their makers know: kept as bytes, under a name that Go's JSON has for them. */
function readExtensions(json: JsonValue | undefined): Any | undefined {
  if (!isObject(json)) return undefined;
  const { "@type": typeUrl, value, ...rest } = json;
  const isBytes = typeof typeUrl === "string" && typeof value === "string" && Object.keys(rest).length === 0;
  return isBytes ? create(AnySchema, { typeUrl, value: Buffer.from(value, "base64") }) : undefined;
}

function detachExtensions(response: GetFlowsResponse): Any | undefined {
  if (response.responseTypes.case !== "flow") return undefined;
  const flow = response.responseTypes.value;
  const { extensions } = flow;
  delete flow.extensions;
  return extensions;
}

function timesOf(response: GetFlowsResponse): readonly Timestamp[] {
  const { responseTypes, time } = response;
  const times = [time];
  if (responseTypes.case === "flow") times.push(responseTypes.value.time);
  if (responseTypes.case === "lostEvents") times.push(responseTypes.value.first, responseTypes.value.last);
  return times.filter((one) => one !== undefined);
}

function base64(any: MessageShape<typeof AnySchema>): string {
  return Buffer.from(any.value).toString("base64");
}

function keysOf(schema: DescMessage, names: readonly string[]): ReadonlySet<string> {
  const fields = schema.fields.filter((field) => names.includes(field.name));
  return new Set(fields.flatMap((field) => [field.name, field.jsonName]));
}

function isObject(json: JsonValue | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}
