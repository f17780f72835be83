import {
  type Endpoint,
  type Flow,
  ipVersions,
  layer4Protocols,
  tcpFlags,
  type TcpFlag,
  trafficDirections,
  verdicts,
} from "../flow.ts";
import type { EventTypeFilter, FlowFilter, FlowFilterField } from "../flowFilter.ts";
import { dropReasonNames } from "../language/dropReasons.ts";
import { addressTest } from "./addressTest.ts";
import type { FieldTest, L7Record, TextColumn } from "./fieldTest.ts";
import type { Refusal } from "./filterProblem.ts";
import type { FlowNumbers } from "./flowNumbers.ts";
import { dnsQueryTest, headerTest, methodTest, pathTest, statusTest, urlTest } from "./httpTests.ts";
import { labelTest } from "./labelSelector.ts";
import type { MatchSeams } from "./matchSeams.ts";
import { domainTest, nodeNameTest } from "./namePattern.ts";
import { identityTest, podTest, serviceTest, workloadTest } from "./nameTests.ts";
import { protocolTest } from "./protocolTest.ts";

/** The values that a field of a filter can have. */
type ValueOf<Field extends FlowFilterField> = NonNullable<FlowFilter[Field]>[number];

/** What one value asks; of several tests all must hold. */
export type CompiledValue = FieldTest | readonly FieldTest[] | Refusal;

type Fields = {
  readonly [Field in FlowFilterField]: (value: ValueOf<Field>, seams: MatchSeams) => CompiledValue;
};

/**
 * What a value of each field of a filter asks of a flow, as Hubble's server means it (`pkg/hubble/filters`), or why the
 * server would refuse it. Of the values of one field any may hold.
 */
export const filterFields: Fields = {
  uuid: (wanted) => ({ of: "uuid", holds: (uuid) => uuid === wanted }),
  nodeName: (wanted) => onText("nodeName", nodeNameTest(wanted)),
  nodeLabels: (wanted) => onFlow(labelTest(wanted), ({ nodeLabels }) => nodeLabels ?? []),
  sourceIp: (wanted) => onText("sourceIp", addressTest(wanted)),
  destinationIp: (wanted) => onText("destinationIp", addressTest(wanted)),
  sourceIpXlated: (wanted) => onFlow(addressTest(wanted), ({ ip }) => ip?.sourceXlated ?? ""),
  ipVersion: (wanted) => onNumber("ipVersion", ipVersions.indexOf(wanted)),
  sourcePod: (wanted) => onSide("source", ["pod", wanted], podTest(wanted)),
  destinationPod: (wanted) => onSide("destination", ["pod", wanted], podTest(wanted)),
  sourceService: (wanted) => onText("sourceService", serviceTest(wanted)),
  destinationService: (wanted) => onText("destinationService", serviceTest(wanted)),
  sourceWorkload: (wanted) => onSide("source", ["workload", wanted], workloadTest(wanted)),
  destinationWorkload: (wanted) => onSide("destination", ["workload", wanted], workloadTest(wanted)),
  sourceFqdn: (wanted) => onText("sourceNames", domainTest(wanted)),
  destinationFqdn: (wanted) => onText("destinationNames", domainTest(wanted)),
  sourceLabel: (wanted) => onLabels("source", wanted),
  destinationLabel: (wanted) => onLabels("destination", wanted),
  sourceIdentity: (wanted) => onSide("source", ["identity", wanted], identityTest(wanted)),
  destinationIdentity: (wanted) => onSide("destination", ["identity", wanted], identityTest(wanted)),
  sourceClusterName: (wanted) => onCluster("source", wanted),
  destinationClusterName: (wanted) => onCluster("destination", wanted),
  sourcePort: (wanted) => onPort("sourcePort", wanted),
  destinationPort: (wanted) => onPort("destinationPort", wanted),
  protocol: protocolTest,
  tcpFlags: onTcpFlags,
  eventType: onEventType,
  verdict: (wanted) => onNumber("verdict", verdicts.indexOf(wanted)),
  dropReasonDesc: onDropReason,
  trafficDirection: (wanted) => onNumber("trafficDirection", trafficDirections.indexOf(wanted)),
  reply: onReply,
  httpStatusCode: (wanted) => onRecord(statusTest(wanted)),
  httpMethod: (wanted) => onRecord(methodTest(wanted)),
  httpPath: (wanted) => onRecord(pathTest(wanted)),
  httpUrl: (wanted) => onRecord(urlTest(wanted)),
  httpHeader: (wanted) => onRecord(headerTest(wanted)),
  dnsQuery: (wanted) => onRecord(dnsQueryTest(wanted)),
  traceId: (wanted) => ({ of: "flow", holds: ({ traceId }) => (traceId ?? "") === wanted }),
  ipTraceId: onIpTraceId,
  interface: (wanted) => ({ of: "flow", holds: (flow) => hasInterface(flow, wanted) }),
  encrypted: (wanted) => ({ of: "flow", holds: ({ ip }) => (ip?.encrypted ?? false) === wanted }),
  celExpression: (wanted, { compileCel }) => {
    if (!compileCel) return { error: "CEL expressions cannot be evaluated here." };
    const holds = compileCel(wanted);
    return typeof holds === "function" ? { of: "flow", holds } : holds;
  },
};

function onRecord(holds: ((record: L7Record | undefined) => boolean) | Refusal): CompiledValue {
  return typeof holds === "function" ? { of: "l7Record", holds } : holds;
}

function onText(column: TextColumn, holds: ((text: string) => boolean) | Refusal): CompiledValue {
  return typeof holds === "function" ? { of: "text", column, holds } : holds;
}

function onFlow<T>(holds: ((subject: T) => boolean) | Refusal, subject: (flow: Flow) => T): CompiledValue {
  return typeof holds === "function" ? { of: "flow", holds: (flow) => holds(subject(flow)) } : holds;
}

function onNumber(column: keyof FlowNumbers, ...values: readonly number[]): FieldTest {
  return { of: "number", column, values };
}

/** `question` is what makes it the same as another. */
function onSide(
  side: "source" | "destination",
  question: readonly unknown[],
  holds: ((endpoint: Endpoint) => boolean) | Refusal,
): CompiledValue {
  return typeof holds === "function" ? { of: side, asks: JSON.stringify(question), holds } : holds;
}

function onLabels(side: "source" | "destination", wanted: string): CompiledValue {
  const test = labelTest(wanted);
  if (typeof test !== "function") return test;
  return onSide(side, ["labels", wanted], ({ labels }) => test(labels));
}

function onCluster(side: "source" | "destination", wanted: string): CompiledValue {
  if (wanted === "") return { error: "The name of a cluster is needed." };
  return onSide(side, ["cluster", wanted], ({ clusterName }) => clusterName === wanted);
}

/** The columns of ports hold types and codes of other protocols. The same for every port, so that it is asked once. */
const hasPorts = onNumber(
  "protocol",
  ...(["TCP", "UDP", "SCTP"] as const).map((name) => layer4Protocols.indexOf(name)),
);

function onPort(name: "sourcePort" | "destinationPort", wanted: string): CompiledValue {
  const port = Number(wanted);
  if (!/^\d+$/.test(wanted) || port > 65_535) {
    return { error: `"${wanted}" is not a port: a number from 0 to 65535.` };
  }
  return [onNumber(name, port), hasPorts];
}

/** Without any flag wanted, flags must only be known: no column tells. */
function onTcpFlags(wanted: readonly TcpFlag[]): FieldTest {
  if (wanted.length === 0) {
    return { of: "flow", holds: ({ l4 }) => l4?.protocol === "TCP" && l4.flags !== undefined };
  }
  const bits = wanted.reduce((sum, flag) => sum | (1 << tcpFlags.indexOf(flag)), 0);
  const all = Array.from({ length: 1 << tcpFlags.length }, (_, flags) => flags);
  return onNumber("tcpFlags", ...all.filter((flags) => (flags & bits) === bits));
}

/** The type 0 is any; an event without a type matches nothing. */
function onEventType({ type, subType }: EventTypeFilter): CompiledValue {
  const ofSubType = subType === undefined ? [] : [onNumber("eventSubType", subType)];
  if (type !== 0) return [onNumber("eventType", type), ...ofSubType];
  const hasType: FieldTest = {
    of: "numbers",
    holds: ({ eventType, eventSubType }) => eventType !== 0 || eventSubType !== 0,
  };
  return [...ofSubType, hasType];
}

const wasDropped = onNumber("verdict", verdicts.indexOf("DROPPED"));

/** Only flows that were dropped have a reason; where it is not told it is the one numbered 0. */
function onDropReason(wanted: string): CompiledValue {
  if (!dropReasonNames.includes(wanted) && !/^\d{1,9}$/.test(wanted)) {
    return { error: `"${wanted}" is not a reason to drop a flow, such as POLICY_DENIED.` };
  }
  return [
    wasDropped,
    { of: "text", column: "dropReason", holds: (reason) => (reason || "DROP_REASON_UNKNOWN") === wanted },
  ];
}

/** A dropped flow that does not know is taken for no reply, as Hubble's server does for older clients. */
function onReply(wanted: boolean): FieldTest {
  if (wanted) return onNumber("isReply", 2);
  const dropped = verdicts.indexOf("DROPPED");
  return {
    of: "numbers",
    holds: ({ isReply, verdict }) => isReply === 1 || (isReply === 0 && verdict === dropped),
  };
}

function onIpTraceId(wanted: string): CompiledValue {
  if (!/^\d{1,20}$/.test(wanted) || BigInt(wanted) >= 1n << 64n) {
    return { error: `"${wanted}" is not the number of an IP trace: one of up to 64 bits.` };
  }
  const number = String(BigInt(wanted));
  return { of: "flow", holds: ({ ipTraceId }) => (ipTraceId ?? "0") === number };
}

function hasInterface(flow: Flow, wanted: { readonly index: number; readonly name: string }): boolean {
  const found = flow.interface;
  return (
    found !== undefined &&
    (wanted.index === 0 || wanted.index === found.index) &&
    (wanted.name === "" || wanted.name === found.name)
  );
}
