import type { Flow, HttpRecord, DnsRecord, KafkaRecord, TcpFlag, Timestamp } from "../flows/flow.ts";
import { unknownFlow } from "../flows/unknownFlow.ts";
import { summaryText } from "../flows/summaryText.ts";
import { type DemoConnection, layer4Of } from "./connection.ts";
import { type DemoNode, endpointSeenFrom, type Peer } from "./peer.ts";
import type { PolicyVerdict } from "./policyVerdict.ts";
import { type TracePoint, tracePoints } from "./route.ts";

/** Where and when an event was seen. */
export interface Sighting {
  readonly time: Timestamp;
  readonly uuid: string;
  readonly node: DemoNode;
}

/** A packet of a connection. */
export interface Packet {
  readonly connection: DemoConnection;
  /** From the server back to the client? */
  readonly reply: boolean;
  readonly flags?: readonly TcpFlag[];
}

type Record7 = HttpRecord | DnsRecord | KafkaRecord;

/** A trace event; `side` is whose program saw the packet, which decides the direction (`undefined`: not known there). */
export function traceFlow(
  sighting: Sighting,
  packet: Packet,
  at: {
    readonly point: TracePoint;
    readonly side: "client" | "server" | undefined;
    readonly proxyPort?: number;
  },
): Flow {
  const { point, side, proxyPort } = at;
  // What comes in at a device has not been looked up in the connection table yet.
  const reason = packet.reply ? "REPLY" : packet.flags?.includes("SYN") === true ? "NEW" : "ESTABLISHED";
  return {
    ...packetFlow(sighting, packet),
    verdict: "FORWARDED",
    eventType: 4,
    eventSubType: tracePoints[point],
    traceObservationPoint: point,
    ...(side && {
      isReply: packet.reply,
      traceReason: packet.connection.protocol === "TCP" || packet.reply ? reason : "NEW",
      trafficDirection: side === "client" ? "EGRESS" : "INGRESS",
    }),
    ...(proxyPort !== undefined && { proxyPort }),
  };
}

/** A policy-verdict event of the first packet of a connection. */
export function verdictFlow(
  sighting: Sighting,
  packet: Packet,
  by: {
    readonly direction: "INGRESS" | "EGRESS";
    readonly verdict: Exclude<PolicyVerdict, { readonly outcome: "none" }>;
  },
): Flow {
  const { direction, verdict } = by;
  const flow: Flow = {
    ...packetFlow(sighting, packet),
    verdict: "FORWARDED",
    eventType: 5,
    trafficDirection: direction,
    policyMatchType: verdict.matchType,
  };
  if (verdict.outcome === "denied") {
    const named = direction === "INGRESS" ? "ingressDeniedBy" : "egressDeniedBy";
    return { ...flow, verdict: "DROPPED", dropReasonDesc: verdict.dropReason, [named]: verdict.deniedBy };
  }
  const named = direction === "INGRESS" ? "ingressAllowedBy" : "egressAllowedBy";
  return {
    ...flow,
    verdict: verdict.outcome === "redirected" ? "REDIRECTED" : "FORWARDED",
    isReply: false,
    [named]: verdict.allowedBy,
  };
}

/** Numbers of drop reasons, which are the sub-type of a drop event. */
const dropReasons = { POLICY_DENIED: 133, POLICY_DENY: 181 } as const;

/** The drop event that comes with every denied packet. */
export function dropFlow(
  sighting: Sighting,
  packet: Packet,
  by: { readonly direction: "INGRESS" | "EGRESS"; readonly reason: keyof typeof dropReasons },
): Flow {
  return {
    ...packetFlow(sighting, packet),
    verdict: "DROPPED",
    eventType: 1,
    eventSubType: dropReasons[by.reason],
    dropReasonDesc: by.reason,
    trafficDirection: by.direction,
  };
}

/** What the proxy logs of a request, or (with the time that it took) of its response. */
export function requestFlow(
  sighting: Sighting,
  connection: DemoConnection,
  seen: {
    readonly side: "client" | "server";
    readonly record: Record7;
    readonly verdict: "FORWARDED" | "DROPPED";
    readonly latencyNs?: number;
  },
): Flow {
  const { side, record, verdict, latencyNs } = seen;
  const reply = latencyNs !== undefined;
  const flow: Flow = {
    ...unsummarized(sighting, { connection, reply }),
    verdict,
    type: "L7",
    eventType: 129,
    trafficDirection: side === "client" ? "EGRESS" : "INGRESS",
    isReply: reply,
    l7: { type: reply ? "RESPONSE" : "REQUEST", latencyNs: latencyNs ?? 0, record },
  };
  return { ...flow, summary: summaryText(flow) };
}

/** What the socket of a client did to reach a Service: it asked for the Service's address and got a backend's. */
export function socketFlow(
  sighting: Sighting,
  connection: DemoConnection,
  step: "PRE_DIRECTION_FWD" | "POST_DIRECTION_FWD" | "PRE_DIRECTION_REV",
): Flow {
  const { client, server, service, protocol, serverPort, clientPort } = connection;
  if (protocol === "ICMPv4") throw new Error("sockets translate TCP and UDP");
  const before = step === "PRE_DIRECTION_FWD" && service !== undefined;
  const to = before ? service.address : server;
  const ports =
    step === "PRE_DIRECTION_REV"
      ? { sourcePort: clientPort, destinationPort: 0 }
      : { sourcePort: 0, destinationPort: before ? service.port : serverPort };
  const flow: Flow = {
    ...bareFlow(sighting, client, to),
    type: "SOCK",
    verdict: step === "POST_DIRECTION_FWD" ? "TRANSLATED" : "TRACED",
    eventType: 7,
    eventSubType: { PRE_DIRECTION_FWD: 1, POST_DIRECTION_FWD: 2, PRE_DIRECTION_REV: 3 }[step],
    sockXlatePoint: `SOCK_XLATE_POINT_${step}`,
    l4: { protocol, ...ports },
    ...(before && { destinationService: service.name }),
  };
  return { ...flow, summary: protocol };
}

function packetFlow(sighting: Sighting, packet: Packet): Flow {
  const flow = unsummarized(sighting, packet);
  const echo = packet.reply ? "ICMPv4 EchoReply" : "ICMPv4 EchoRequest";
  return { ...flow, summary: packet.connection.protocol === "ICMPv4" ? echo : summaryText(flow) };
}

function unsummarized(sighting: Sighting, { connection, reply, flags }: Packet): Flow {
  const { client, server } = connection;
  const [from, to] = reply ? [server, client] : [client, server];
  return {
    ...bareFlow(sighting, from, to),
    ethernet: { source: from.mac, destination: to.mac },
    l4: layer4Of(connection, reply, flags),
  };
}

function bareFlow({ time, uuid, node }: Sighting, from: Peer, to: Peer): Flow {
  return {
    ...unknownFlow,
    time,
    uuid,
    nodeName: node.fullName,
    nodeLabels: node.labels,
    type: "L3_L4",
    source: endpointSeenFrom(from, node),
    destination: endpointSeenFrom(to, node),
    sourceNames: from.names,
    destinationNames: to.names,
    ip: { source: from.ip, destination: to.ip, version: "IPv4", encrypted: false },
  };
}
