import { ipVersions, tcpFlags, trafficDirections, verdicts } from "../../src/flows/flow.ts";
import type { FlowFilter } from "../../src/flows/flowFilter.ts";
import { enumName } from "../../src/hubble/enumNames.ts";
import { DropReasonSchema } from "../../src/hubble/gen/flow/flow_pb.js";
import type * as wire from "../../src/hubble/gen/flow/flow_pb.js";

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A relay's filter as our own, the other way round than `filterToRelay`: empty fields are absent. */
export function filterFromRelay(from: wire.FlowFilter): FlowFilter {
  const filter: Writable<FlowFilter> = {
    uuid: from.uuid,
    nodeName: from.nodeName,
    nodeLabels: from.nodeLabels,
    sourceIp: from.sourceIp,
    destinationIp: from.destinationIp,
    sourceIpXlated: from.sourceIpXlated,
    ipVersion: from.ipVersion.map((number) => memberAt(ipVersions, number)),
    sourcePod: from.sourcePod,
    destinationPod: from.destinationPod,
    sourceService: from.sourceService,
    destinationService: from.destinationService,
    sourceWorkload: from.sourceWorkload.map(({ kind, name }) => ({ kind, name })),
    destinationWorkload: from.destinationWorkload.map(({ kind, name }) => ({ kind, name })),
    sourceFqdn: from.sourceFqdn,
    destinationFqdn: from.destinationFqdn,
    sourceLabel: from.sourceLabel,
    destinationLabel: from.destinationLabel,
    sourceIdentity: from.sourceIdentity,
    destinationIdentity: from.destinationIdentity,
    sourceClusterName: from.sourceClusterName,
    destinationClusterName: from.destinationClusterName,
    sourcePort: from.sourcePort,
    destinationPort: from.destinationPort,
    protocol: from.protocol,
    tcpFlags: from.tcpFlags.map((flags) => tcpFlags.filter((flag) => flags[flag])),
    eventType: from.eventType.map(({ type, matchSubType, subType }) =>
      matchSubType ? { type, subType } : { type },
    ),
    verdict: from.verdict.map((number) => memberAt(verdicts, number)),
    dropReasonDesc: from.dropReasonDesc.map((number) => enumName(DropReasonSchema, number)),
    trafficDirection: from.trafficDirection.map((number) => memberAt(trafficDirections, number)),
    reply: from.reply,
    httpStatusCode: from.httpStatusCode,
    httpMethod: from.httpMethod,
    httpPath: from.httpPath,
    httpUrl: from.httpUrl,
    httpHeader: from.httpHeader.map(({ key, value }) => ({ key, value })),
    dnsQuery: from.dnsQuery,
    traceId: from.traceId,
    ipTraceId: from.ipTraceId.map(String),
    interface: from.interface.map(({ index, name }) => ({ index, name })),
    encrypted: from.encrypted,
    celExpression: from.experimental?.celExpression ?? [],
  };
  return Object.fromEntries(Object.entries(filter).filter(([, values]) => values.length > 0));
}

/** A number that a newer relay may know and we do not is the first member, which is "unknown". */
function memberAt<T>(members: readonly [T, ...T[]], number: number): T {
  return members[number] ?? members[0];
}
