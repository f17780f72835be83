/**
 * What a flow is to us: Hubble's `flow.Flow`, read once from the wire or a capture and free of protobuf types.
 * Names and numbers are those of Cilium's API (`api/v1/flow/flow.proto`). A field that the event does not carry is absent.
 */
export interface Flow {
  readonly time: Timestamp;
  readonly uuid?: string;
  readonly nodeName?: string;
  readonly nodeLabels?: readonly string[];
  readonly verdict: Verdict;
  /** Why a dropped flow was dropped, as Hubble names it: `POLICY_DENIED` (no rule allows it), `POLICY_DENY` (a deny rule), … */
  readonly dropReasonDesc?: string;
  readonly authType?: string;
  readonly type: FlowType;
  /** `type` of Cilium's monitor event and its sub-type: see {@link eventTypes}. */
  readonly eventType: number;
  readonly eventSubType: number;
  readonly trafficDirection: TrafficDirection;
  /** Absent on drops and socket events: the datapath does not know. */
  readonly isReply?: boolean;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly sourceNames: readonly string[];
  readonly destinationNames: readonly string[];
  readonly sourceService?: ServiceName;
  readonly destinationService?: ServiceName;
  readonly ip?: IpPair;
  readonly ethernet?: { readonly source: string; readonly destination: string };
  readonly l4?: Layer4;
  readonly l7?: Layer7;
  readonly policyMatchType: number;
  readonly ingressAllowedBy: readonly PolicyName[];
  readonly ingressDeniedBy: readonly PolicyName[];
  readonly egressAllowedBy: readonly PolicyName[];
  readonly egressDeniedBy: readonly PolicyName[];
  readonly policyLog: readonly string[];
  /** `TO_ENDPOINT`, `FROM_OVERLAY`, …; `UNKNOWN_POINT` when it is no trace event. */
  readonly traceObservationPoint: string;
  readonly traceReason: string;
  readonly debugCapturePoint: string;
  readonly sockXlatePoint: string;
  readonly proxyPort?: number;
  /** The network interface on which it was seen. */
  readonly interface?: NetworkInterface;
  /** The distributed trace (W3C) that the request belongs to. */
  readonly traceId?: string;
  /** A trace number that the packet carried in an IP option; a decimal number, it may need 64 bits. */
  readonly ipTraceId?: string;
  /** The relay's one-line text of what happened, such as `TCP Flags: SYN`. */
  readonly summary?: string;
}

/** A point in time: whole seconds since 1970 (UTC) and the nanoseconds after them, 0 to 999,999,999. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

/** One side of a flow as the datapath knew it; shared between the flows that carry an equal one. */
export interface Endpoint {
  /** The endpoint's number on its node, 0 when it is not local to the node that saw the flow. */
  readonly id: number;
  /** Cilium's security identity; 0 is unknown. */
  readonly identity: number;
  readonly clusterName: string;
  readonly namespace: string;
  readonly podName: string;
  /** Identity labels as `source:key=value`, in the order in which they came. */
  readonly labels: readonly string[];
  readonly workloads: readonly Workload[];
}

export interface Workload {
  readonly kind: string;
  readonly name: string;
}

export interface NetworkInterface {
  readonly index: number;
  readonly name: string;
}

export interface ServiceName {
  readonly namespace: string;
  readonly name: string;
}

/** A policy as Hubble names it on a policy-verdict event; without a name it is one that the agent made up itself. */
export interface PolicyName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: readonly string[];
  readonly revision: string;
}

export interface IpPair {
  readonly source: string;
  readonly destination: string;
  /** The source address after masquerading, when it was seen. */
  readonly sourceXlated?: string;
  readonly version: IpVersion;
  readonly encrypted: boolean;
}

export type Layer4 =
  | {
      readonly protocol: "TCP";
      readonly sourcePort: number;
      readonly destinationPort: number;
      /** Flag names in Hubble's order; absent when the event does not know them. */
      readonly flags?: readonly TcpFlag[];
    }
  | { readonly protocol: "UDP"; readonly sourcePort: number; readonly destinationPort: number }
  | { readonly protocol: "SCTP"; readonly sourcePort: number; readonly destinationPort: number }
  | { readonly protocol: "ICMPv4"; readonly type: number; readonly code: number }
  | { readonly protocol: "ICMPv6"; readonly type: number; readonly code: number }
  | { readonly protocol: "VRRP"; readonly type: number; readonly vrid: number; readonly priority: number }
  | { readonly protocol: "IGMP"; readonly type: number; readonly groupAddress: string };

export type Layer4Protocol = Layer4["protocol"];

/** A request or response that a proxy saw. `latencyNs` is on responses. */
export interface Layer7 {
  readonly type: L7Type;
  readonly latencyNs: number;
  readonly record?: HttpRecord | DnsRecord | KafkaRecord;
}

export interface HttpRecord {
  readonly protocol: "http";
  /** 0 on requests. */
  readonly code: number;
  readonly method: string;
  readonly url: string;
  /** `HTTP/1.1`, `HTTP/2`, … */
  readonly version: string;
  readonly headers: readonly { readonly key: string; readonly value: string }[];
}

export interface DnsRecord {
  readonly protocol: "dns";
  readonly query: string;
  readonly ips: readonly string[];
  readonly ttl: number;
  readonly cnames: readonly string[];
  readonly observationSource: string;
  readonly rcode: number;
  readonly qtypes: readonly string[];
  readonly rrtypes: readonly string[];
}

export interface KafkaRecord {
  readonly protocol: "kafka";
  readonly errorCode: number;
  readonly apiVersion: number;
  readonly apiKey: string;
  readonly correlationId: number;
  readonly topic: string;
}

/** `flow.Verdict` by number. */
export const verdicts = [
  "VERDICT_UNKNOWN",
  "FORWARDED",
  "DROPPED",
  "ERROR",
  "AUDIT",
  "REDIRECTED",
  "TRACED",
  "TRANSLATED",
] as const;
export type Verdict = (typeof verdicts)[number];

/** `flow.TrafficDirection` by number: which side's node and rules saw the flow. */
export const trafficDirections = ["TRAFFIC_DIRECTION_UNKNOWN", "INGRESS", "EGRESS"] as const;
export type TrafficDirection = (typeof trafficDirections)[number];

/** `flow.FlowType` by number. */
export const flowTypes = ["UNKNOWN_TYPE", "L3_L4", "L7", "SOCK"] as const;
export type FlowType = (typeof flowTypes)[number];

/** `flow.L7FlowType` by number. */
export const l7Types = ["UNKNOWN_L7_TYPE", "REQUEST", "RESPONSE", "SAMPLE"] as const;
export type L7Type = (typeof l7Types)[number];

/** `flow.IPVersion` by number. */
export const ipVersions = ["IP_NOT_USED", "IPv4", "IPv6"] as const;
export type IpVersion = (typeof ipVersions)[number];

/** TCP flags in the order in which Hubble prints them; the index is the bit in the store's `tcpFlags` column. */
export const tcpFlags = ["ACK", "CWR", "ECE", "FIN", "NS", "PSH", "RST", "SYN", "URG"] as const;
export type TcpFlag = (typeof tcpFlags)[number];

/** Layer 4 protocols by the number that the store's `protocol` column holds; 0 is none. */
export const layer4Protocols = ["", "TCP", "UDP", "SCTP", "ICMPv4", "ICMPv6", "VRRP", "IGMP"] as const;

/** Types of Cilium's monitor events (`pkg/monitor/api`). */
export const eventTypes = {
  drop: 1,
  debug: 2,
  capture: 3,
  trace: 4,
  policyVerdict: 5,
  traceSock: 7,
  l7: 129,
  agent: 130,
} as const;

/** Something that a stream says besides flows: it holds a place among them and is never filtered away. */
export type Notice =
  | {
      readonly kind: "lost-events";
      readonly time: Timestamp;
      readonly nodeName: string;
      readonly source: string;
      readonly count: number;
      readonly cpu?: number;
      /** When the first and the last of them were lost, where that is told. */
      readonly first?: Timestamp;
      readonly last?: Timestamp;
    }
  | {
      readonly kind: "node-status";
      readonly time: Timestamp;
      readonly nodeName: string;
      /** `NODE_CONNECTED`, `NODE_UNAVAILABLE`, `NODE_GONE`, `NODE_ERROR`. */
      readonly state: string;
      readonly nodeNames: readonly string[];
      readonly message: string;
    }
  | {
      /** A stretch of time of which nothing was seen, because there was no connection and the relay forgot. */
      readonly kind: "gap";
      readonly time: Timestamp;
      readonly until: Timestamp;
      readonly cause: string;
    };
