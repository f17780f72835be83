import { parseAddress, parseAddressBlock } from "../base/ipAddress.ts";
import { compilePattern } from "../base/pattern.ts";
import type { Endpoint, Flow, HttpRecord, ServiceName } from "../flows/flow.ts";
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

type Test<T> = (value: T) => boolean;

/** The test that one field of a filter asks for; `undefined` when the filter does not set the field. */
export type FilterField = (filter: FlowFilter) => Test<Flow> | undefined;

/** Every field of a `FlowFilter`; of the values of one field any may hold. */
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
  (filter) => exactly(filter.sourceClusterName, (flow) => flow.source.clusterName),
  (filter) => exactly(filter.destinationClusterName, (flow) => flow.destination.clusterName),
  (filter) => exactly(filter.sourceIdentity, (flow) => flow.source.identity),
  (filter) => exactly(filter.destinationIdentity, (flow) => flow.destination.identity),
  (filter) => exactly(filter.sourcePort.map(portOf), (flow) => portsOf(flow)?.sourcePort),
  (filter) => exactly(filter.destinationPort.map(portOf), (flow) => portsOf(flow)?.destinationPort),
  (filter) => any(filter.protocol, protocolTest, (flow) => flow),
  (filter) => any(filter.tcpFlags, tcpFlagsTest, (flow) => flow),
  (filter) => any(filter.eventType, eventTypeTest, (flow) => flow),
  (filter) => exactly(filter.reply, (flow) => flow.isReply),
  (filter) => exactly(namesOf(VerdictSchema, filter.verdict), (flow) => flow.verdict),
  (filter) =>
    exactly(namesOf(DropReasonSchema, filter.dropReasonDesc), (flow) =>
      flow.verdict === "DROPPED" ? (flow.dropReasonDesc ?? "DROP_REASON_UNKNOWN") : undefined,
    ),
  (filter) =>
    exactly(namesOf(TrafficDirectionSchema, filter.trafficDirection), (flow) => flow.trafficDirection),
  (filter) =>
    exactly(namesOf(IPVersionSchema, filter.ipVersion), (flow) => flow.ip?.version ?? "IP_NOT_USED"),
  (filter) => exactly(filter.ipTraceId.map(String), (flow) => flow.ipTraceId),
  (filter) => exactly(filter.encrypted, (flow) => flow.ip?.encrypted ?? false),
  (filter) => any(filter.nodeName, nodeNameTest, (flow) => flow.nodeName ?? ""),
  (filter) => any(filter.nodeLabels, labelTest, (flow) => flow.nodeLabels ?? []),
  (filter) =>
    onL7(
      filter,
      any(filter.httpStatusCode, statusTest, (flow) => httpOf(flow)?.code ?? 0),
    ),
  (filter) =>
    onL7(
      filter,
      any(filter.httpMethod, methodTest, (flow) => httpOf(flow)?.method ?? ""),
    ),
  (filter) =>
    onL7(
      filter,
      any(filter.httpPath, patternTest, (flow) => pathOf(httpOf(flow)?.url)),
    ),
  (filter) =>
    onL7(
      filter,
      any(filter.httpUrl, patternTest, (flow) => httpOf(flow)?.url),
    ),
  (filter) =>
    onL7(
      filter,
      any(filter.httpHeader, headerTest, (flow) => httpOf(flow)?.headers ?? []),
    ),
  (filter) =>
    onL7(
      filter,
      any(filter.dnsQuery, patternTest, (flow) => dnsQueryOf(flow)),
    ),
  unsupported("interface", (filter) => filter.interface.length > 0),
  unsupported("trace_id", (filter) => filter.traceId.length > 0),
  unsupported(
    "experimental.cel_expression",
    (filter) => (filter.experimental?.celExpression.length ?? 0) > 0,
  ),
];

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

/** Filters on requests make no sense for events that are none. */
function onL7(filter: FlowFilter, test: Test<Flow> | undefined): Test<Flow> | undefined {
  if (test && filter.eventType.length > 0 && !filter.eventType.some(({ type }) => type === l7EventType)) {
    throw new FilterError("filtering by requests needs the event type l7");
  }
  return test;
}

function unsupported(name: string, isSet: (filter: FlowFilter) => boolean): FilterField {
  return (filter) => {
    if (isSet(filter)) throw new FilterError(`the demo relay does not know the filter ${name}`);
    return undefined;
  };
}

const l7EventType = 129;

function namesOf(schema: Parameters<typeof enumName>[0], numbers: readonly number[]): readonly string[] {
  return numbers.map((number) => enumName(schema, number));
}

function addressTest(wanted: string): Test<string> {
  if (wanted.includes("/")) {
    const block = parseAddressBlock(wanted);
    if (!block) throw new FilterError(`invalid IP prefix "${wanted}" in filter`);
    return (text) => {
      const address = parseAddress(text);
      return address !== undefined && block.contains(address);
    };
  }
  const address = parseAddress(wanted);
  if (!address) throw new FilterError(`invalid IP address "${wanted}" in filter`);
  return (text) => text === wanted || parseAddress(text)?.toString() === address.toString();
}

/** `prefix` (in the namespace "default"), `namespace/prefix`, `namespace/` or `/prefix`. */
function nameTest(wanted: string): Test<ServiceName | undefined> {
  const slash = wanted.indexOf("/");
  const namespace = slash === -1 ? "default" : wanted.slice(0, slash);
  const prefix = wanted.slice(slash + 1);
  return (name) =>
    name !== undefined &&
    name.namespace !== "" &&
    (namespace === "" || name.namespace === namespace) &&
    name.name.startsWith(prefix);
}

function podOf({ namespace, podName }: Endpoint): ServiceName {
  return { namespace, name: podName };
}

function domainTest(wanted: string): Test<readonly string[]> {
  const name = wanted.trim().toLowerCase().replace(/\.$/, "");
  if (!/^[-*.0-9_a-z]+$/.test(name)) throw new FilterError(`invalid name pattern ${wanted}`);
  const pattern = globPattern(name, "[-.0-9_a-z]*");
  return (names) => names.some((one) => pattern.test(one.replace(/\.$/, "").toLowerCase()));
}

function nodeNameTest(wanted: string): Test<string> {
  const [cluster, node] = wanted.includes("/") ? wanted.split("/") : ["default", wanted];
  const clusterTest = globPattern(cluster === "" ? "*" : (cluster ?? "*"), "[-.0-9a-z]*");
  const nodeTest = globPattern(node === "" ? "*" : (node ?? "*"), "[-.0-9a-z]*");
  return (name) => {
    const slash = name.indexOf("/");
    return (
      clusterTest.test(slash === -1 ? "default" : name.slice(0, slash)) &&
      nodeTest.test(name.slice(slash + 1))
    );
  };
}

function globPattern(glob: string, star: string): RegExp {
  const parts = glob.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(star)}$`);
}

function labelTest(wanted: string): Test<readonly string[]> {
  const predicate = labelPredicate(wanted);
  if (typeof predicate !== "function") throw new FilterError(predicate.error);
  return predicate;
}

function workloadTest(wanted: { readonly kind: string; readonly name: string }): Test<Endpoint> {
  return ({ workloads }) =>
    workloads.some(
      ({ kind, name }) =>
        (wanted.kind === "" || wanted.kind === kind) && (wanted.name === "" || wanted.name === name),
    );
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65535) throw new FilterError(`invalid port ${text}`);
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
  if (!l4Protocols.includes(name)) throw new FilterError(`unrecognized protocol ${wanted}`);
  return ({ l4 }) => {
    const protocol = l4?.protocol.toLowerCase() ?? "";
    return protocol === name || (name === "icmp" && protocol.startsWith("icmp"));
  };
}

function tcpFlagsTest(wanted: FlowFilter["tcpFlags"][number]): Test<Flow> {
  const names = (["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR", "NS"] as const).filter(
    (name) => wanted[name],
  );
  return ({ l4 }) => l4?.protocol === "TCP" && names.every((name) => l4.flags?.includes(name) === true);
}

function eventTypeTest(wanted: FlowFilter["eventType"][number]): Test<Flow> {
  return ({ eventType, eventSubType }) =>
    (eventType !== 0 || eventSubType !== 0) &&
    (wanted.type === 0 || eventType === wanted.type) &&
    (!wanted.matchSubType || eventSubType === wanted.subType);
}

function httpOf({ l7 }: Flow): HttpRecord | undefined {
  return l7?.record?.protocol === "http" ? l7.record : undefined;
}

function dnsQueryOf({ l7 }: Flow): string | undefined {
  return l7?.record?.protocol === "dns" ? l7.record.query : undefined;
}

function pathOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).pathname : undefined;
}

function statusTest(wanted: string): Test<number> {
  if (!/^[1-5](\d{0,2}\+|\d{2})$/.test(wanted)) throw new FilterError(`invalid HTTP status code ${wanted}`);
  const prefix = wanted.replace("+", "");
  return (code) => String(code).startsWith(prefix);
}

function methodTest(wanted: string): Test<string> {
  return (method) => method.toLowerCase() === wanted.toLowerCase();
}

function patternTest(wanted: string): Test<string | undefined> {
  const pattern = compilePattern(wanted);
  if ("error" in pattern) throw new FilterError(`invalid pattern ${wanted}: ${pattern.error}`);
  return (text) => text !== undefined && pattern.matches(text);
}

function headerTest(wanted: {
  readonly key: string;
  readonly value: string;
}): Test<readonly { readonly key: string; readonly value: string }[]> {
  return (headers) => headers.some(({ key, value }) => key === wanted.key && value === wanted.value);
}
