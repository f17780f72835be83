import { eventTypes, type Flow, type PolicyName } from "../flows/flow.ts";
import { agentEventNames, eventTypeNumbers } from "../flows/language/eventTypeNames.ts";
import { tracePoints } from "../flows/tracePoints.ts";
import { reservedIdentityNumbers } from "../flows/language/identityNames.ts";

/** A flag of `hubble observe` by its long name, and a value for it. */
export interface ValueTerm {
  readonly flag: string;
  readonly value: string;
}

/** The values of a flow that can be filtered by: columns of the table, and fields of the details. */
export type FlowValueName =
  | "source"
  | "destination"
  | "port"
  | "event"
  | "verdict"
  | "summary"
  | "dropReason"
  | "allowedBy"
  | "deniedBy"
  | "sourceAddress"
  | "sourceXlated"
  | "sourceService"
  | "sourceNames"
  | "sourceIdentity"
  | "sourcePort"
  | "destinationAddress"
  | "destinationService"
  | "destinationNames"
  | "destinationIdentity"
  | "protocol"
  | "direction"
  | "reply"
  | "encrypted"
  | "node"
  | "uuid";

type Maker = (flow: Flow) => ValueTerm | undefined;

const makers: Readonly<Record<FlowValueName, Maker>> = {
  source: (flow) => sideTerm(flow, "source"),
  destination: (flow) => sideTerm(flow, "destination"),
  port: ({ l4 }) => term("to-port", l4 && "destinationPort" in l4 ? portText(l4.destinationPort) : undefined),
  event: eventTerm,
  verdict: ({ verdict }) => term("verdict", verdict === "VERDICT_UNKNOWN" ? undefined : verdict),
  summary: summaryTerm,
  dropReason: ({ dropReasonDesc }) => term("drop-reason-desc", dropReasonDesc),
  allowedBy: (flow) => policyTerm([...flow.ingressAllowedBy, ...flow.egressAllowedBy]),
  deniedBy: (flow) => policyTerm([...flow.ingressDeniedBy, ...flow.egressDeniedBy]),
  sourceAddress: ({ ip }) => term("from-ip", ip?.source),
  sourceXlated: ({ ip }) => term("snat-ip", ip?.sourceXlated),
  sourceService: ({ sourceService }) =>
    term("from-service", sourceService && `${sourceService.namespace}/${sourceService.name}`),
  sourceNames: ({ sourceNames }) => term("from-fqdn", sourceNames[0]),
  sourceIdentity: ({ source }) => term("from-identity", identityValue(source.identity)),
  sourcePort: ({ l4 }) => term("from-port", l4 && "sourcePort" in l4 ? portText(l4.sourcePort) : undefined),
  destinationAddress: ({ ip }) => term("to-ip", ip?.destination),
  destinationService: ({ destinationService }) =>
    term("to-service", destinationService && `${destinationService.namespace}/${destinationService.name}`),
  destinationNames: ({ destinationNames }) => term("to-fqdn", destinationNames[0]),
  destinationIdentity: ({ destination }) => term("to-identity", identityValue(destination.identity)),
  protocol: ({ l4 }) => term("protocol", l4?.protocol.toLowerCase()),
  direction: ({ trafficDirection }) =>
    term(
      "traffic-direction",
      trafficDirection === "TRAFFIC_DIRECTION_UNKNOWN" ? undefined : trafficDirection.toLowerCase(),
    ),
  reply: ({ isReply }) => term("reply", isReply === undefined ? undefined : String(isReply)),
  encrypted: ({ ip }) => term("encrypted", ip?.encrypted ? "true" : undefined),
  node: ({ nodeName }) => term("node-name", nodeName),
  uuid: ({ uuid }) => term("uuid", uuid),
};

/** How a person would ask for the flows that have a value in common with this one; `undefined`: no flag says it. */
export function valueTerm(flow: Flow, name: string): ValueTerm | undefined {
  return Object.hasOwn(makers, name) ? makers[name as FlowValueName](flow) : undefined;
}

function term(flag: string, value: string | undefined): ValueTerm | undefined {
  return value === undefined || value === "" ? undefined : { flag, value };
}

/** As the table names the side: the pod, else what is reserved, else the DNS name, else the address. */
function sideTerm(flow: Flow, side: "source" | "destination"): ValueTerm | undefined {
  const way = side === "source" ? "from" : "to";
  const { podName, namespace, identity } = flow[side];
  if (podName) return { flag: `${way}-pod`, value: `${namespace}/${podName}` };
  const service = side === "source" ? flow.sourceService : flow.destinationService;
  if (service?.name) return { flag: `${way}-service`, value: `${service.namespace}/${service.name}` };
  const name = (side === "source" ? flow.sourceNames : flow.destinationNames)[0];
  if (name) return { flag: `${way}-fqdn`, value: name };
  const reserved = reservedName(identity);
  if (reserved && !reserved.startsWith("world")) return { flag: `${way}-identity`, value: reserved };
  return term(`${way}-ip`, flow.ip?.[side]) ?? term(`${way}-identity`, identityValue(identity));
}

function eventTerm({ eventType, eventSubType, l7 }: Flow): ValueTerm | undefined {
  if (l7?.record) return { flag: "protocol", value: l7.record.protocol };
  const name = Object.keys(eventTypeNumbers).find((each) => eventTypeNumbers[each] === eventType);
  if (name === undefined) return undefined;
  const subTypes = eventType === eventTypes.trace ? tracePoints : [];
  const subName = eventType === eventTypes.agent ? agentEventNames[eventSubType] : subTypes[eventSubType];
  return { flag: "type", value: subName === undefined ? name : `${name}:${subName}` };
}

/** What the summary is about: a request's path, a name that was asked for, flags, why it was dropped. */
function summaryTerm(flow: Flow): ValueTerm | undefined {
  const record = flow.l7?.record;
  if (record?.protocol === "http") {
    const path = pathOf(record.url);
    return path === undefined ? undefined : { flag: "http-path", value: `^${quotePattern(path)}$` };
  }
  if (record?.protocol === "dns") return { flag: "dns-query", value: `^${quotePattern(record.query)}$` };
  if (flow.l4?.protocol === "TCP" && flow.l4.flags && flow.l4.flags.length > 0) {
    return { flag: "tcp-flags", value: flow.l4.flags.join(",") };
  }
  return undefined;
}

/** The path of an absolute URL or of a bare one, without what is asked after the `?`. */
function pathOf(url: string): string | undefined {
  const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "").replace(/[?#].*$/s, "");
  return path === "" ? undefined : path;
}

/** A text as a pattern that finds nothing but it. */
function quotePattern(text: string): string {
  return text.replaceAll(/[\\^$.|?*+()[\]{}]/g, "\\$&");
}

function portText(port: number): string | undefined {
  return port === 0 ? undefined : String(port);
}

function policyTerm(names: readonly PolicyName[]): ValueTerm | undefined {
  const found = names.find(({ name }) => name !== "");
  return (
    found && { flag: "policy", value: found.namespace ? `${found.namespace}/${found.name}` : found.name }
  );
}

function identityValue(identity: number): string | undefined {
  return identity === 0 ? undefined : (reservedName(identity) ?? String(identity));
}

function reservedName(identity: number): string | undefined {
  return Object.keys(reservedIdentityNumbers).find((name) => reservedIdentityNumbers[name] === identity);
}
