import {
  type Endpoint,
  type Flow,
  flowTypes,
  ipVersions,
  l7Types,
  type Layer4,
  layer4Protocols,
  tcpFlags,
  trafficDirections,
  verdicts,
} from "./flow.ts";
import type { Attribution, FlowDictionaries } from "./flowDictionaries.ts";
import type { FlowRecord } from "./flowRecord.ts";
import { readUuid } from "./uuidText.ts";

/** Numbers that endpoints got, as flows share them: making a key of one takes long. */
const endpointNumbers = new WeakMap<Endpoint, number>();

/**
 * Writes a flow that is not from the wire into a record: a line of a capture, a test's. Its values are interned by value, so
 * nothing of its raw event is held elsewhere. What only printing asks for stays absent.
 */
export function recordFlow(flow: Flow, dictionaries: FlowDictionaries, record: FlowRecord): void {
  const { strings } = dictionaries;
  record.reset();
  record.seconds = flow.time.seconds;
  record.nanos = flow.time.nanos;
  if (flow.uuid) {
    record.uuidForm = readUuid(flow.uuid, record) ? 1 : 2;
    if (record.uuidForm === 2) record.uuidText = flow.uuid;
  }
  record.eventType = flow.eventType;
  record.eventSubType = flow.eventSubType;
  record.verdict = verdicts.indexOf(flow.verdict);
  record.trafficDirection = trafficDirections.indexOf(flow.trafficDirection);
  record.isReply = flow.isReply === undefined ? 0 : flow.isReply ? 2 : 1;
  record.flowType = flowTypes.indexOf(flow.type);
  record.source = numberOfEndpoint(flow.source, dictionaries);
  record.destination = numberOfEndpoint(flow.destination, dictionaries);
  record.policyMatchType = flow.policyMatchType;
  record.attribution = numberOfAttribution(flow, dictionaries);
  const number = (text: string | undefined) => (text ? strings.internValue(text, text) : 0);
  const service = (name: Flow["sourceService"]) => number(name && `${name.namespace}/${name.name}`);
  record.dropReason = number(flow.dropReasonDesc);
  record.sourceIp = number(flow.ip?.source);
  record.destinationIp = number(flow.ip?.destination);
  record.ipVersion = flow.ip ? ipVersions.indexOf(flow.ip.version) : 0;
  record.sourceNames = number(flow.sourceNames.join(","));
  record.destinationNames = number(flow.destinationNames.join(","));
  record.sourceService = service(flow.sourceService);
  record.destinationService = service(flow.destinationService);
  record.nodeName = number(flow.nodeName);
  if (flow.l4) recordLayer4(flow.l4, record);
  if (flow.l7) {
    record.l7Type = l7Types.indexOf(flow.l7.type);
    record.latencyNs = flow.l7.latencyNs;
    const request = flow.l7.record;
    if (request) record.l7Record = dictionaries.l7Records.internValue(JSON.stringify(request), request);
  }
}

function recordLayer4(l4: Layer4, record: FlowRecord): void {
  record.protocol = layer4Protocols.indexOf(l4.protocol);
  if (l4.protocol === "TCP" || l4.protocol === "UDP" || l4.protocol === "SCTP") {
    record.sourcePort = l4.sourcePort;
    record.destinationPort = l4.destinationPort;
  } else {
    record.destinationPort = l4.type;
    if (l4.protocol === "ICMPv4" || l4.protocol === "ICMPv6") record.sourcePort = l4.code;
  }
  if (l4.protocol === "TCP" && l4.flags) {
    for (const flag of l4.flags) record.tcpFlags |= 1 << tcpFlags.indexOf(flag);
  }
}

function numberOfAttribution(flow: Flow, { attributions }: FlowDictionaries): number {
  const allowedBy = [...flow.ingressAllowedBy, ...flow.egressAllowedBy];
  const deniedBy = [...flow.ingressDeniedBy, ...flow.egressDeniedBy];
  if (allowedBy.length === 0 && deniedBy.length === 0) return 0;
  const attribution: Attribution = { allowedBy, deniedBy };
  return attributions.internValue(JSON.stringify(attribution), attribution);
}

function numberOfEndpoint(endpoint: Endpoint, { endpoints }: FlowDictionaries): number {
  const known = endpointNumbers.get(endpoint);
  if (known !== undefined && endpoints.get(known) === endpoint) return known;
  const number = endpoints.internValue(JSON.stringify(endpoint), endpoint);
  endpointNumbers.set(endpoint, number);
  return number;
}
