import { parseAddress, parseAddressBlock } from "../base/ipAddress.ts";
import type { Flow } from "../flows/flow.ts";
import type { CelTest } from "../flows/match/matchSeams.ts";
import { enumName } from "../hubble/enumNames.ts";
import {
  DropReasonSchema,
  type FlowFilter,
  IPVersionSchema,
  TrafficDirectionSchema,
  VerdictSchema,
} from "../hubble/gen/flow/flow_pb.js";
import { FilterError } from "./filterError.ts";
import { labelPredicate } from "./labelRequirements.ts";
import { domainTest, identityOf, nameTest, nodeNameTest, podOf, workloadTest } from "./nameFilters.ts";
import * as request from "./requestFilters.ts";

type Test<T> = (value: T) => boolean;

/** The test that one field of a filter asks for; `undefined` when the filter does not set the field. */
export type FilterField = (filter: FlowFilter) => Test<Flow> | undefined;

/** Every field of a `FlowFilter` but expressions; of the values of one field any may hold. */
export const filterFields: readonly FilterField[] = [
  (filter) => exactly(filter.uuid, (flow) => flow.uuid ?? ""),
  (filter) => any(filter.sourceIp, addressTest, (flow) => flow.ip?.source ?? ""),
  (filter) => any(filter.destinationIp, addressTest, (flow) => flow.ip?.destination ?? ""),
  (filter) => any(filter.sourceIpXlated, addressTest, (flow) => flow.ip?.sourceXlated ?? ""),
  (filter) => any(filter.sourcePod, nameTest, (flow) => podOf(flow.source)),
  (filter) => any(filter.destinationPod, nameTest, (flow) => podOf(flow.destination)),
  (filter) => any(filter.sourceService, nameTest, (flow) => flow.sourceService),
  (filter) => any(filter.destinationService, nameTest, (flow) => flow.destinationService),
  (filter) => any(filter.sourceFqdn, domainTest, (flow) => flow.sourceNames),
  (filter) => any(filter.destinationFqdn, domainTest, (flow) => flow.destinationNames),
  (filter) => any(filter.sourceLabel, labelTest, (flow) => flow.source.labels),
  (filter) => any(filter.destinationLabel, labelTest, (flow) => flow.destination.labels),
  (filter) => any(filter.sourceWorkload, workloadTest, (flow) => flow.source),
  (filter) => any(filter.destinationWorkload, workloadTest, (flow) => flow.destination),
  (filter) => exactly(named(filter.sourceClusterName), (flow) => flow.source.clusterName),
  (filter) => exactly(named(filter.destinationClusterName), (flow) => flow.destination.clusterName),
  (filter) => exactly(filter.sourceIdentity, (flow) => identityOf(flow.source)),
  (filter) => exactly(filter.destinationIdentity, (flow) => identityOf(flow.destination)),
  (filter) => exactly(filter.sourcePort.map(portOf), (flow) => portsOf(flow)?.sourcePort),
  (filter) => exactly(filter.destinationPort.map(portOf), (flow) => portsOf(flow)?.destinationPort),
  (filter) => any(filter.protocol, protocolTest, (flow) => flow),
  (filter) => any(filter.tcpFlags, tcpFlagsTest, (flow) => flow),
  (filter) => any(filter.eventType, eventTypeTest, (flow) => flow),
  (filter) =>
    exactly(filter.reply, (flow) => flow.isReply ?? (flow.verdict === "DROPPED" ? false : undefined)),
  (filter) => exactly(namesOf(VerdictSchema, filter.verdict), (flow) => flow.verdict),
  (filter) =>
    exactly(namesOf(DropReasonSchema, filter.dropReasonDesc), (flow) =>
      flow.verdict === "DROPPED" ? (flow.dropReasonDesc ?? "DROP_REASON_UNKNOWN") : undefined,
    ),
  (filter) =>
    exactly(namesOf(TrafficDirectionSchema, filter.trafficDirection), (flow) => flow.trafficDirection),
  (filter) =>
    exactly(namesOf(IPVersionSchema, filter.ipVersion), (flow) => flow.ip?.version ?? "IP_NOT_USED"),
  (filter) => exactly(filter.traceId, (flow) => flow.traceId ?? ""),
  (filter) => exactly(filter.ipTraceId.map(String), (flow) => flow.ipTraceId ?? "0"),
  (filter) => exactly(filter.encrypted, (flow) => flow.ip?.encrypted ?? false),
  (filter) => any(filter.interface, interfaceTest, (flow) => flow.interface),
  (filter) => any(filter.nodeName, nodeNameTest, (flow) => flow.nodeName ?? ""),
  (filter) => any(filter.nodeLabels, labelTest, (flow) => flow.nodeLabels ?? []),
  (filter) => any(filter.httpStatusCode, request.statusTest, (flow) => request.httpOf(flow)?.code ?? 0),
  (filter) => any(filter.httpMethod, request.methodTest, (flow) => request.httpOf(flow)?.method ?? ""),
  (filter) => any(filter.httpPath, request.patternTest, request.pathOf),
  (filter) => any(filter.httpUrl, request.patternTest, request.urlOf),
  (filter) => any(filter.httpHeader, request.headerTest, (flow) => request.httpOf(flow)?.headers ?? []),
  (filter) => any(filter.dnsQuery, request.patternTest, request.dnsQueryOf),
];

/** The test that a filter's expressions ask for: the first that holds decides, or the first that has no answer. */
export function expressionsTest(tests: readonly CelTest[]): Test<Flow> {
  return (flow) => {
    const decisive = tests.map((test) => test(flow, undefined)).find((answer) => answer !== false);
    return decisive === true;
  };
}

function any<W, T>(
  wanted: readonly W[],
  test: (one: W) => Test<T>,
  of: (flow: Flow) => T,
): Test<Flow> | undefined {
  if (wanted.length === 0) return undefined;
  const tests = wanted.map(test);
  return (flow) => {
    const value = of(flow);
    return tests.some((holds) => holds(value));
  };
}

function exactly<T>(wanted: readonly T[], of: (flow: Flow) => T | undefined): Test<Flow> | undefined {
  if (wanted.length === 0) return undefined;
  const values = new Set<T | undefined>(wanted);
  return (flow) => values.has(of(flow));
}

function namesOf(schema: Parameters<typeof enumName>[0], numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => enumName(schema, number));
}

function named(names: readonly string[]): readonly string[] {
  if (names.includes("")) throw new FilterError("invalid filter, name must not be empty");
  return names;
}

/** One address as flows write it, or a block of them. */
function addressTest(wanted: string): Test<string> {
  if (wanted.includes("/")) {
    const block = parseAddressBlock(wanted);
    if (!block) throw new FilterError(`invalid IP prefix "${wanted}" in filter`);
    return (text) => {
      const address = parseAddress(text);
      return address !== undefined && block.contains(address);
    };
  }
  if (!parseAddress(wanted)) throw new FilterError(`invalid IP address "${wanted}" in filter`);
  return (text) => text === wanted;
}

function labelTest(wanted: string): Test<readonly string[]> {
  const predicate = labelPredicate(wanted);
  if (typeof predicate !== "function") throw new FilterError(predicate.error);
  return predicate;
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65535) throw new FilterError(`invalid port "${text}"`);
  return port;
}

function portsOf({
  l4,
}: Flow): { readonly sourcePort: number; readonly destinationPort: number } | undefined {
  return l4 && "sourcePort" in l4 ? l4 : undefined;
}

const l4Protocols: readonly string[] = ["icmp", "icmpv4", "icmpv6", "tcp", "udp", "sctp", "vrrp", "igmp"];
const l7Protocols: readonly string[] = ["dns", "http", "kafka"];

function protocolTest(wanted: string): Test<Flow> {
  const name = wanted.toLowerCase();
  if (l7Protocols.includes(name)) return (flow) => flow.l7?.record?.protocol === name;
  if (!l4Protocols.includes(name)) throw new FilterError(`unknown protocol: "${wanted}"`);
  return ({ l4 }) => {
    const protocol = l4?.protocol.toLowerCase() ?? "";
    return protocol === name || (name === "icmp" && protocol.startsWith("icmp"));
  };
}

function tcpFlagsTest(wanted: FlowFilter["tcpFlags"][number]): Test<Flow> {
  const names = (["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"] as const).filter(
    (name) => wanted[name],
  );
  return ({ l4 }) => {
    const flags = l4?.protocol === "TCP" ? l4.flags : undefined;
    return flags !== undefined && names.every((name) => flags.includes(name));
  };
}

/** The type 0 is any; an event without a type is none of them. */
function eventTypeTest(wanted: FlowFilter["eventType"][number]): Test<Flow> {
  return ({ eventType, eventSubType }) =>
    (eventType !== 0 || eventSubType !== 0) &&
    [0, eventType].includes(wanted.type) &&
    (!wanted.matchSubType || eventSubType === wanted.subType);
}

function interfaceTest(wanted: FlowFilter["interface"][number]): Test<Flow["interface"]> {
  return (seen) => {
    if (seen === undefined) return false;
    const isIndex = wanted.index > 0 ? wanted.index === seen.index : true;
    return isIndex && (wanted.name.length > 0 ? wanted.name === seen.name : true);
  };
}
