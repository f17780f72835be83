import type { IpVersion, TcpFlag, Timestamp, TrafficDirection, Verdict } from "./flow.ts";

/**
 * What one filter asks of a flow: Cilium's `flow.FlowFilter` with its field names (in camelCase) and its meaning.
 * Different fields must all hold, of the values of one field any may. An empty filter admits every flow.
 * Values are as a person writes them and may be wrong (an address that is none, a broken pattern): whoever compiles a
 * filter says so.
 */
export interface FlowFilter {
  readonly uuid?: readonly string[];
  /** `[cluster/]node` with `*`; without a cluster that is `default`. */
  readonly nodeName?: readonly string[];
  /** Label selectors over the labels of the node that saw the flow. */
  readonly nodeLabels?: readonly string[];
  /** Addresses or blocks (`10.0.0.0/8`). */
  readonly sourceIp?: readonly string[];
  readonly destinationIp?: readonly string[];
  readonly sourceIpXlated?: readonly string[];
  readonly ipVersion?: readonly IpVersion[];
  /** `namespace/prefix`, or `namespace/` for all of one. */
  readonly sourcePod?: readonly string[];
  readonly destinationPod?: readonly string[];
  /** As pods, of Services. */
  readonly sourceService?: readonly string[];
  readonly destinationService?: readonly string[];
  /** Exact name and kind; an empty part admits any. */
  readonly sourceWorkload?: readonly WorkloadFilter[];
  readonly destinationWorkload?: readonly WorkloadFilter[];
  /** Names with `*`. */
  readonly sourceFqdn?: readonly string[];
  readonly destinationFqdn?: readonly string[];
  /** Label selectors in the syntax of Kubernetes; keys may have a source prefix (`k8s:`, `reserved:`, `any:`). */
  readonly sourceLabel?: readonly string[];
  readonly destinationLabel?: readonly string[];
  readonly sourceIdentity?: readonly number[];
  readonly destinationIdentity?: readonly number[];
  /** Exact names. */
  readonly sourceClusterName?: readonly string[];
  readonly destinationClusterName?: readonly string[];
  /** Decimal numbers. */
  readonly sourcePort?: readonly string[];
  readonly destinationPort?: readonly string[];
  /** `tcp`, `icmp` (both versions), `http`, …; case does not matter. */
  readonly protocol?: readonly string[];
  /** Of one entry all flags must be set. */
  readonly tcpFlags?: readonly (readonly TcpFlag[])[];
  readonly eventType?: readonly EventTypeFilter[];
  readonly verdict?: readonly Verdict[];
  readonly dropReasonDesc?: readonly string[];
  readonly trafficDirection?: readonly TrafficDirection[];
  /** An event that does not know whether it is a reply matches neither. */
  readonly reply?: readonly boolean[];
  /** `404`, `4+`, `40+`. */
  readonly httpStatusCode?: readonly string[];
  readonly httpMethod?: readonly string[];
  /** RE2 patterns, found anywhere in the text. */
  readonly httpPath?: readonly string[];
  readonly httpUrl?: readonly string[];
  readonly httpHeader?: readonly { readonly key: string; readonly value: string }[];
  readonly dnsQuery?: readonly string[];
  readonly traceId?: readonly string[];
  /** Decimal numbers of up to 64 bits. */
  readonly ipTraceId?: readonly string[];
  readonly interface?: readonly { readonly index: number; readonly name: string }[];
  readonly encrypted?: readonly boolean[];
  /** Expressions in the Common Expression Language over `_flow`: `experimental.cel_expression`. */
  readonly celExpression?: readonly string[];
}

/** The name of a field of {@link FlowFilter}. */
export type FlowFilterField = keyof FlowFilter;

export interface WorkloadFilter {
  readonly kind: string;
  readonly name: string;
}

export interface EventTypeFilter {
  readonly type: number;
  /** Absent: every sub-type. */
  readonly subType?: number;
}

/** A rule (or direction, or L7 rule) whose decisive flows are asked for: applied locally, no relay knows rules. */
export interface RuleFilter {
  /** The document that holds the policy; absent: whichever open one does. */
  readonly uri?: string;
  readonly kind: string;
  /** `namespace/name`. */
  readonly policy: string;
  /** As in the YAML: `spec.ingress[0]`. */
  readonly path: string;
}

/** A question that no relay can be asked, so that it is answered here: {@link FlowSelection.local}. */
export type LocalFilter = { readonly negated: boolean } & (
  | {
      /** Hubble names the policy as one that allowed or denied the flow: `name` or `namespace/name`. */
      readonly kind: "policy";
      readonly names: readonly string[];
    }
  /** The flow says that something was let through, or turned away, by policy. */
  | { readonly kind: "decision"; readonly decision: "allowed" | "denied" }
  /** What is no flow, but tells of flows that nobody saw: lost events and gaps. */
  | { readonly kind: "lost" }
);

/** Which stretch of flows is asked for, as `hubble observe` has it; numbers are per node when a relay is asked. */
export interface FlowRange {
  readonly since?: Timestamp;
  readonly until?: Timestamp;
  readonly last?: number;
  readonly first?: number;
  readonly all?: boolean;
  readonly follow?: boolean;
}

/**
 * Which flows a person wants to see: those that any filter of `whitelist` admits (an empty list admits all)
 * and none of `blacklist` does, for which all of `local` hold, and that decided about `rule` when one is given.
 * Notices always show, unless `local` speaks of them.
 */
export interface FlowSelection {
  readonly whitelist: readonly FlowFilter[];
  readonly blacklist: readonly FlowFilter[];
  readonly local?: readonly LocalFilter[];
  readonly rule?: RuleFilter;
  readonly range?: FlowRange;
}

/** The selection that admits everything. */
export const allFlows: FlowSelection = { whitelist: [], blacklist: [] };
