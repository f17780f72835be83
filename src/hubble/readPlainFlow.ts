import {
  type Endpoint,
  type Flow,
  type IpPair,
  type PolicyName,
  type Timestamp,
  verdicts,
} from "../flows/flow.ts";
import { unknownEndpoint } from "../flows/unknownFlow.ts";
import { flowTypes, ipVersions, trafficDirections } from "../flows/flow.ts";
import { enumName } from "./enumNames.ts";
import {
  AuthTypeSchema,
  DebugCapturePointSchema,
  DropReasonSchema,
  SocketTranslationPointSchema,
  TraceObservationPointSchema,
  TraceReasonSchema,
} from "./gen/flow/flow_pb.js";
import {
  plainDecimal,
  plainInteger,
  plainList,
  plainName,
  plainNumber,
  type PlainObject,
  plainObject,
  plainSwitch,
  plainText,
  plainTexts,
  plainTime,
  unusual,
} from "./plainJson.ts";
import { shareEndpoint } from "./readFlow.ts";
import { readPlainEndpoint } from "./readPlainEndpoint.ts";
import { readPlainLayer4, readPlainLayer7 } from "./readPlainLayers.ts";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Reader = (flow: Writable<Flow>, value: unknown) => void;

const names = {
  verdict: new Set(verdicts),
  type: new Set(flowTypes),
  direction: new Set(trafficDirections),
  ipVersion: new Set(ipVersions),
  dropReason: namesOf(DropReasonSchema),
  authType: namesOf(AuthTypeSchema),
  observationPoint: namesOf(TraceObservationPointSchema),
  traceReason: namesOf(TraceReasonSchema),
  capturePoint: namesOf(DebugCapturePointSchema),
  translationPoint: namesOf(SocketTranslationPointSchema),
};
const unknown = {
  traceObservationPoint: enumName(TraceObservationPointSchema, 0),
  traceReason: enumName(TraceReasonSchema, 0),
  debugCapturePoint: enumName(DebugCapturePointSchema, 0),
  sockXlatePoint: enumName(SocketTranslationPointSchema, 0),
};
const pointNames = {
  traceObservationPoint: names.observationPoint,
  traceReason: names.traceReason,
  debugCapturePoint: names.capturePoint,
  sockXlatePoint: names.translationPoint,
};
const none: readonly never[] = [];
const noTime: Timestamp = { seconds: 0, nanos: 0 };

/** What each field of `flow.Flow` sets; one that a flow of ours does not have sets nothing, and is not looked at. */
const fields: ReadonlyMap<string, Reader | undefined> = new Map<string, Reader | undefined>([
  ["time", (flow, value) => (flow.time = plainTime(value))],
  [
    "uuid",
    (flow, value) => {
      setText(flow, "uuid", value);
    },
  ],
  ["verdict", (flow, value) => (flow.verdict = plainName(value, names.verdict))],
  [
    "drop_reason_desc",
    (flow, value) => {
      setName(flow, "dropReasonDesc", value);
    },
  ],
  [
    "auth_type",
    (flow, value) => {
      setName(flow, "authType", value);
    },
  ],
  ["ethernet", (flow, value) => (flow.ethernet = readEthernet(plainObject(value)))],
  ["IP", (flow, value) => (flow.ip = readIp(plainObject(value)))],
  [
    "l4",
    (flow, value) => {
      setLayer4(flow, value);
    },
  ],
  ["source", (flow, value) => (flow.source = shareEndpoint(readPlainEndpoint(plainObject(value))))],
  ["destination", (flow, value) => (flow.destination = shareEndpoint(readPlainEndpoint(plainObject(value))))],
  ["Type", (flow, value) => (flow.type = plainName(value, names.type))],
  [
    "node_name",
    (flow, value) => {
      setText(flow, "nodeName", value);
    },
  ],
  [
    "node_labels",
    (flow, value) => {
      setNodeLabels(flow, value);
    },
  ],
  ["source_names", (flow, value) => (flow.sourceNames = plainTexts(value))],
  ["destination_names", (flow, value) => (flow.destinationNames = plainTexts(value))],
  ["l7", (flow, value) => (flow.l7 = readPlainLayer7(plainObject(value)))],
  ["event_type", readEventType],
  ["source_service", (flow, value) => (flow.sourceService = readService(plainObject(value)))],
  ["destination_service", (flow, value) => (flow.destinationService = readService(plainObject(value)))],
  ["traffic_direction", (flow, value) => (flow.trafficDirection = plainName(value, names.direction))],
  ["policy_match_type", (flow, value) => (flow.policyMatchType = plainNumber(value))],
  ["is_reply", (flow, value) => (flow.isReply = plainSwitch(value))],
  [
    "trace_observation_point",
    (flow, value) => {
      setPoint(flow, "traceObservationPoint", value);
    },
  ],
  [
    "trace_reason",
    (flow, value) => {
      setPoint(flow, "traceReason", value);
    },
  ],
  [
    "debug_capture_point",
    (flow, value) => {
      setPoint(flow, "debugCapturePoint", value);
    },
  ],
  [
    "sock_xlate_point",
    (flow, value) => {
      setPoint(flow, "sockXlatePoint", value);
    },
  ],
  ["proxy_port", readProxyPort],
  ["ip_trace_id", readTraceId],
  [
    "Summary",
    (flow, value) => {
      setText(flow, "summary", value);
    },
  ],
  ["egress_allowed_by", (flow, value) => (flow.egressAllowedBy = readPolicies(value))],
  ["ingress_allowed_by", (flow, value) => (flow.ingressAllowedBy = readPolicies(value))],
  ["egress_denied_by", (flow, value) => (flow.egressDeniedBy = readPolicies(value))],
  ["ingress_denied_by", (flow, value) => (flow.ingressDeniedBy = readPolicies(value))],
  ["interface", (flow, value) => (flow.interface = readInterface(plainObject(value)))],
  ["trace_context", readTraceContext],
  ["policy_log", (flow, value) => (flow.policyLog = plainTexts(value))],
  ...["drop_reason", "reply", "emitter", "tunnel", "file", "socket_cookie"].map(unread),
  ...["cgroup_id", "aggregate", "extensions"].map(unread),
]);

/** Endpoints that were read before, each of which a mark stands for in the flow's JSON. */
export interface KnownEndpoints {
  readonly mark: unknown;
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/**
 * Makes a flow of the JSON of a `GetFlowsResponse`, without the wire's form in between, which takes several times as long.
 * `undefined` for everything that is not a flow in the very form in which Hubble writes it: that is to be read by who
 * knows every form. Agrees with that reading in all that it answers, but for fields that a
 * flow of ours does not have: those are not checked.
 */
export function readPlainFlow(json: unknown, endpoints?: KnownEndpoints): Flow | undefined {
  try {
    return readResponse(plainObject(json), endpoints);
  } catch (error) {
    if (error === unusual) return undefined;
    throw error;
  }
}

function unread(name: string): readonly [string, undefined] {
  return [name, undefined];
}

function readResponse(json: PlainObject, endpoints: KnownEndpoints | undefined): Flow {
  let from: PlainObject | undefined;
  let nodeName = "";
  let time: Timestamp | undefined;
  for (const key in json) {
    const value = json[key];
    if (key === "flow") from = plainObject(value);
    else if (key === "node_name") nodeName = plainText(value);
    else if (key === "time") time = plainTime(value);
    else throw unusual;
  }
  if (!from) throw unusual;
  const flow = emptyFlow();
  let marks = 0;
  for (const key in from) {
    const value = from[key];
    const reader = fields.get(key);
    if (endpoints && value === endpoints.mark) {
      if (key !== "source" && key !== "destination") throw unusual;
      flow[key] = endpoints[key];
      marks += 1;
    } else if (reader) reader(flow, value);
    else if (!fields.has(key)) throw unusual;
  }
  if (endpoints && marks !== 2) throw unusual;
  if (flow.time === noTime && time) flow.time = time;
  if (flow.nodeName === undefined && nodeName) flow.nodeName = nodeName;
  return flow;
}

function emptyFlow(): Writable<Flow> {
  return {
    time: noTime,
    verdict: "VERDICT_UNKNOWN",
    type: "UNKNOWN_TYPE",
    eventType: 0,
    eventSubType: 0,
    trafficDirection: "TRAFFIC_DIRECTION_UNKNOWN",
    source: unknownEndpoint,
    destination: unknownEndpoint,
    sourceNames: none,
    destinationNames: none,
    policyMatchType: 0,
    ingressAllowedBy: none,
    ingressDeniedBy: none,
    egressAllowedBy: none,
    egressDeniedBy: none,
    policyLog: none,
    ...unknown,
  };
}

function setText(flow: Writable<Flow>, key: "uuid" | "nodeName" | "summary", value: unknown): void {
  const text = plainText(value);
  if (text) flow[key] = text;
}

function setName(flow: Writable<Flow>, key: "dropReasonDesc" | "authType", value: unknown): void {
  const isDrop = key === "dropReasonDesc";
  const name = plainName(value, isDrop ? names.dropReason : names.authType);
  if (name !== (isDrop ? "DROP_REASON_UNKNOWN" : "DISABLED")) flow[key] = name;
}

function setPoint(flow: Writable<Flow>, key: keyof typeof unknown, value: unknown): void {
  flow[key] = plainName(value, pointNames[key]);
}

function setLayer4(flow: Writable<Flow>, value: unknown): void {
  const l4 = readPlainLayer4(plainObject(value));
  if (l4) flow.l4 = l4;
}

function setNodeLabels(flow: Writable<Flow>, value: unknown): void {
  const labels = plainTexts(value);
  if (labels.length > 0) flow.nodeLabels = labels;
}

function readEventType(flow: Writable<Flow>, value: unknown): void {
  const from = plainObject(value);
  for (const key in from) {
    const part = from[key];
    if (key === "type") flow.eventType = plainInteger(part);
    else if (key === "sub_type") flow.eventSubType = plainInteger(part);
    else throw unusual;
  }
}

function readProxyPort(flow: Writable<Flow>, value: unknown): void {
  const port = plainNumber(value);
  if (port !== 0) flow.proxyPort = port;
}

function readTraceId(flow: Writable<Flow>, value: unknown): void {
  for (const [key, part] of Object.entries(plainObject(value))) {
    if (key === "trace_id") {
      const id = plainDecimal(part);
      if (id !== "0") flow.ipTraceId = id;
    } else if (key !== "ip_option_type") throw unusual;
  }
}

function readTraceContext(flow: Writable<Flow>, value: unknown): void {
  for (const [key, parent] of Object.entries(plainObject(value))) {
    if (key !== "parent") throw unusual;
    for (const [name, id] of Object.entries(plainObject(parent))) {
      if (name !== "trace_id") throw unusual;
      const text = plainText(id);
      if (text) flow.traceId = text;
    }
  }
}

function readInterface(from: PlainObject): { index: number; name: string } {
  const read = { index: 0, name: "" };
  for (const key in from) {
    if (key === "index") read.index = plainNumber(from[key]);
    else if (key === "name") read.name = plainText(from[key]);
    else throw unusual;
  }
  return read;
}

function readEthernet(from: PlainObject): { source: string; destination: string } {
  const read = { source: "", destination: "" };
  for (const key in from) {
    if (key !== "source" && key !== "destination") throw unusual;
    read[key] = plainText(from[key]);
  }
  return read;
}

function readService(from: PlainObject): { namespace: string; name: string } {
  const read = { namespace: "", name: "" };
  for (const key in from) {
    if (key !== "namespace" && key !== "name") throw unusual;
    read[key] = plainText(from[key]);
  }
  return read;
}

function readIp(from: PlainObject): IpPair {
  const read: Writable<IpPair> = { source: "", destination: "", version: "IP_NOT_USED", encrypted: false };
  for (const key in from) {
    const value = from[key];
    if (key === "source" || key === "destination") read[key] = plainText(value);
    else if (key === "ipVersion") read.version = plainName(value, names.ipVersion);
    else if (key === "encrypted") read.encrypted = plainSwitch(value);
    else if (key === "source_xlated") {
      const address = plainText(value);
      if (address) read.sourceXlated = address;
    } else throw unusual;
  }
  return read;
}

function readPolicies(value: unknown): readonly PolicyName[] {
  return plainList(value).map((each) => {
    const from = plainObject(each);
    const read: Writable<PolicyName> = { kind: "", namespace: "", name: "", labels: none, revision: "0" };
    for (const key in from) {
      const part = from[key];
      if (key === "kind" || key === "namespace" || key === "name") read[key] = plainText(part);
      else if (key === "labels") read.labels = plainTexts(part);
      else if (key === "revision") read.revision = plainDecimal(part);
      else throw unusual;
    }
    return read;
  });
}

function namesOf(schema: { readonly values: readonly { readonly name: string }[] }): ReadonlySet<string> {
  return new Set(schema.values.map(({ name }) => name));
}
