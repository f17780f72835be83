import {
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
import type { FieldTest, TextColumn } from "./fieldTest.ts";
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
  sourcePod: (wanted) => on("source", podTest(wanted)),
  destinationPod: (wanted) => on("destination", podTest(wanted)),
  sourceService: (wanted) => onText("sourceService", serviceTest(wanted)),
  destinationService: (wanted) => onText("destinationService", serviceTest(wanted)),
  sourceWorkload: (wanted) => on("source", workloadTest(wanted)),
  destinationWorkload: (wanted) => on("destination", workloadTest(wanted)),
  sourceFqdn: (wanted) => onText("sourceNames", domainTest(wanted)),
  destinationFqdn: (wanted) => onText("destinationNames", domainTest(wanted)),
  sourceLabel: (wanted) => onLabels("source", wanted),
  destinationLabel: (wanted) => onLabels("destination", wanted),
  sourceIdentity: (wanted) => on("source", identityTest(wanted)),
  destinationIdentity: (wanted) => on("destination", identityTest(wanted)),
  sourceClusterName: (wanted) => onCluster("source", wanted),
  destinationClusterName: (wanted) => onCluster("destination", wanted),
  sourcePort: (wanted) => onPort("sourcePort", wanted),
  destinationPort: (wanted) => onPort("destinationPort", wanted),
  protocol: protocolTest,
  tcpFlags: onTcpFlags,
  eventType: (wanted) => ({ of: "numbers", holds: eventTypeTest(wanted) }),
  verdict: (wanted) => onNumber("verdict", verdicts.indexOf(wanted)),
  dropReasonDesc: onDropReason,
  trafficDirection: (wanted) => onNumber("trafficDirection", trafficDirections.indexOf(wanted)),
  reply: (wanted) => ({ of: "numbers", holds: replyTest(wanted) }),
  httpStatusCode: (wanted) => on("l7Record", statusTest(wanted)),
  httpMethod: (wanted) => on("l7Record", methodTest(wanted)),
  httpPath: (wanted) => on("l7Record", pathTest(wanted)),
  httpUrl: (wanted) => on("l7Record", urlTest(wanted)),
  httpHeader: (wanted) => on("l7Record", headerTest(wanted)),
  dnsQuery: (wanted) => on("l7Record", dnsQueryTest(wanted)),
  traceId: (wanted) => ({ of: "flow", holds: ({ traceId }) => (traceId ?? "") === wanted }),
  ipTraceId: onIpTraceId,
  interface: (wanted) => ({ of: "flow", holds: (flow) => hasInterface(flow, wanted) }),
  encrypted: (wanted) => ({ of: "flow", holds: ({ ip }) => (ip?.encrypted ?? false) === wanted }),
  celExpression: (wanted, { compileCel }) => {
    if (!compileCel) return { error: "CEL expressions cannot be evaluated here." };
    return on("flow", compileCel(wanted));
  },
};

/** Makes a field's test of a subject and what is asked of it. */
function on<Test extends FieldTest>(of: Test["of"], holds: Test["holds"] | Refusal): CompiledValue {
  return typeof holds === "function" ? ({ of, holds } as FieldTest) : holds;
}

function onText(column: TextColumn, holds: ((text: string) => boolean) | Refusal): CompiledValue {
  return typeof holds === "function" ? { of: "text", column, holds } : holds;
}

function onFlow<T>(holds: ((subject: T) => boolean) | Refusal, subject: (flow: Flow) => T): CompiledValue {
  return typeof holds === "function" ? { of: "flow", holds: (flow) => holds(subject(flow)) } : holds;
}

function onNumber(name: keyof FlowNumbers, wanted: number): FieldTest {
  return { of: "numbers", holds: (numbers) => numbers[name] === wanted };
}

function onLabels(side: "source" | "destination", wanted: string): CompiledValue {
  const test = labelTest(wanted);
  if (typeof test !== "function") return test;
  return { of: side, holds: ({ labels }) => test(labels) };
}

function onCluster(side: "source" | "destination", wanted: string): CompiledValue {
  if (wanted === "") return { error: "The name of a cluster is needed." };
  return { of: side, holds: ({ clusterName }) => clusterName === wanted };
}

const portProtocols: readonly number[] = (["TCP", "UDP", "SCTP"] as const).map((name) =>
  layer4Protocols.indexOf(name),
);

function onPort(name: "sourcePort" | "destinationPort", wanted: string): CompiledValue {
  const port = Number(wanted);
  if (!/^\d+$/.test(wanted) || port > 65_535) {
    return { error: `"${wanted}" is not a port: a number from 0 to 65535.` };
  }
  return {
    of: "numbers",
    holds: (numbers) => numbers[name] === port && portProtocols.includes(numbers.protocol),
  };
}

/** Without any flag wanted, flags must only be known: no column tells. */
function onTcpFlags(wanted: readonly TcpFlag[]): FieldTest {
  if (wanted.length === 0) {
    return { of: "flow", holds: ({ l4 }) => l4?.protocol === "TCP" && l4.flags !== undefined };
  }
  const bits = wanted.reduce((sum, flag) => sum | (1 << tcpFlags.indexOf(flag)), 0);
  return { of: "numbers", holds: (numbers) => (numbers.tcpFlags & bits) === bits };
}

/** The type 0 is any; an event without a type matches nothing. */
function eventTypeTest({ type, subType }: EventTypeFilter): (numbers: FlowNumbers) => boolean {
  return ({ eventType, eventSubType }) =>
    (eventType !== 0 || eventSubType !== 0) &&
    (type === 0 || type === eventType) &&
    (subType === undefined || subType === eventSubType);
}

/** Only flows that were dropped have a reason; where it is not told it is the one numbered 0. */
function onDropReason(wanted: string): CompiledValue {
  if (!dropReasonNames.includes(wanted) && !/^\d{1,9}$/.test(wanted)) {
    return { error: `"${wanted}" is not a reason to drop a flow, such as POLICY_DENIED.` };
  }
  return [
    onNumber("verdict", verdicts.indexOf("DROPPED")),
    { of: "text", column: "dropReason", holds: (reason) => (reason || "DROP_REASON_UNKNOWN") === wanted },
  ];
}

/** A dropped flow that does not know is taken for no reply, as Hubble's server does for older clients. */
function replyTest(wanted: boolean): (numbers: FlowNumbers) => boolean {
  const dropped = verdicts.indexOf("DROPPED");
  return ({ isReply, verdict }) =>
    isReply === 0 ? !wanted && verdict === dropped : (isReply === 2) === wanted;
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
