import type { TextRange } from "../base/textRange.ts";
import type { Mismatch } from "./mismatch.ts";

/** A number of attempts or requests, or `null` when it cannot be known. */
export type Count = number | null;

/** Where in a document a number belongs. */
export interface PolicyPlace {
  /** `namespace/name`; the name alone for a cluster-wide policy. */
  readonly policy: string;
  readonly kind: string;
  /** As written in the YAML: `spec.ingress[0]`. */
  readonly path: string;
  /** The stretch of text that the number speaks of; a lens stands on the line of its start. */
  readonly range: TextRange;
}

/** How often one peer took part; peers are written `namespace/pod`, a reserved name, or an address. */
export interface PeerCount {
  readonly peer: string;
  readonly count: number;
  readonly lastMs: number;
}

/** A peer that was denied by default. */
export interface DeniedPeer extends PeerCount {
  /** Why the rule of this very spec that came nearest did not admit it, the first time it was denied; absent: no rule. */
  readonly missed?: Mismatch;
}

/** What rules of other policies decided for the endpoints of a spec, where no rule of its own policy did. */
export interface OthersTally {
  readonly allowed: Count;
  readonly denied: number;
  /** Whose rules they were, as people call them, most often first, at most three; Hubble names those not loaded. */
  readonly policies: readonly { readonly policy: string; readonly count: number }[];
}

/** A policy as a whole, shown on its head. */
export interface PolicyTally extends PolicyPlace {
  readonly type: "policy";
  /** Distinct endpoints seen in flows that the policy selects. */
  readonly endpoints: number;
  /** There were more: names are kept of so many only. */
  readonly moreEndpoints?: true;
  /** Attempts decided for endpoints that the policy selects; `null` when allowed ones cannot be known. */
  readonly attempts: Count;
}

/** One direction of one spec; what no rule of it accounts for. */
export interface DirectionTally extends PolicyPlace {
  readonly type: "direction";
  readonly direction: "ingress" | "egress";
  /** Does the spec take part in enforcing this direction for what it selects? `null`: cannot be known. */
  readonly enforced: boolean | null;
  readonly defaultDenied: Count;
  readonly audited: Count;
  readonly authRequired: Count;
  readonly localhost: Count;
  readonly defaultAllowed: Count;
  /** Attempts and requests that Hubble decided otherwise than the loaded policies say; counted nowhere else. */
  readonly differs: Count;
  readonly lastDeniedMs: number | null;
  /** Who was denied by default, most often first, at most five. */
  readonly topDenied: readonly DeniedPeer[];
  readonly others: OthersTally;
}

/** One rule of one section. */
export interface RuleTally extends PolicyPlace {
  readonly type: "rule";
  readonly section: "ingress" | "egress" | "ingressDeny" | "egressDeny";
  readonly allowed: Count;
  readonly denied: Count;
  /** Attempts denied by default whose peer this rule admits, but not the port. */
  readonly nearMiss: Count;
  /** The ports of the near misses, most frequent first, at most three, such as `8080`. */
  readonly nearMissPorts: readonly string[];
  /** Attempts of which it cannot be said whether this rule decided them. */
  readonly possible: Count;
  /** The facts that are missing to decide the possible ones, such as `Service objects`. */
  readonly needs: readonly string[];
  /** Requests; `null` where the rule has no L7 part. */
  readonly l7Allowed: Count;
  readonly l7Denied: Count;
  readonly lastHitMs: number | null;
  /**
   * Attempts that the rule allowed or denied in the last minute before the newest flow; requests stand in for them where
   * allowed attempts cannot be known.
   */
  readonly perMinute: number;
  /** Whose attempts (or requests) these were in all, most first, at most five. */
  readonly topPeers: readonly PeerCount[];
}

/** One entry of a rule's L7 part. */
export interface L7Tally extends PolicyPlace {
  readonly type: "l7";
  readonly l7Allowed: Count;
  readonly lastHitMs: number | null;
}

/**
 * Attempts that stand on nothing written in the loaded policies. Each bucket of a direction is here too, for what no
 * loaded spec answers for, such as a default deny that the agents' enforcement mode alone causes.
 */
export interface ElsewhereTally {
  readonly defaultDenied: number;
  readonly audited: number;
  readonly authRequired: number;
  readonly localhost: number;
  readonly defaultAllowed: number;
  readonly differs: number;
  /** Decided by policies that are not loaded: Hubble names them, or nothing that is loaded enforces the direction. */
  readonly otherPolicies: number;
  /** Allowed where it is open which policies select the endpoint, and no rule that is loaded may have done it. */
  readonly undecided: number;
}

export type TallyEntry = PolicyTally | DirectionTally | RuleTally | L7Tally;

/** Which events the numbers stand on. */
export interface TallyBasis {
  /** `verdicts`: policy-verdict events; `drops`: only drop events came, so allowed is not known; `none`: nothing decisive yet. */
  readonly source: "verdicts" | "drops" | "none";
  /** The stretch of time of the flows tallied, in ms since 1970; `null` when there are none. */
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
}
