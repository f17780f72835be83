import type { Verdict } from "./flow.ts";

/**
 * What one filter asks of a flow, with the field names and meaning of Cilium's `flow.FlowFilter`:
 * different fields must all hold, of the values of one field any may. An empty filter admits every flow.
 */
export interface FlowFilter {
  readonly uuid?: readonly string[];
  /** `namespace/prefix`, or `namespace/` for all of one. */
  readonly sourcePod?: readonly string[];
  readonly destinationPod?: readonly string[];
  /** Exact name and kind; an empty part admits any. */
  readonly sourceWorkload?: readonly WorkloadFilter[];
  readonly destinationWorkload?: readonly WorkloadFilter[];
  readonly verdict?: readonly Verdict[];
  readonly eventType?: readonly EventTypeFilter[];
  readonly dropReasonDesc?: readonly string[];
}

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
  /** The document that holds the policy. */
  readonly uri: string;
  readonly kind: string;
  /** `namespace/name`. */
  readonly policy: string;
  /** As in the YAML: `spec.ingress[0]`. */
  readonly path: string;
}

/**
 * Which flows a person wants to see: those that any filter of `whitelist` admits (an empty list admits all)
 * and none of `blacklist` does, and that decided about `rule` when one is given. Notices always show.
 */
export interface FlowSelection {
  readonly whitelist: readonly FlowFilter[];
  readonly blacklist: readonly FlowFilter[];
  readonly rule?: RuleFilter;
}

/** The selection that admits everything. */
export const allFlows: FlowSelection = { whitelist: [], blacklist: [] };
