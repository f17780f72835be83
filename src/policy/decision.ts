import type { Policy, PolicyRule, PolicySection, PolicySpec, L7Entry } from "./policy.ts";

/** A fact that a flow does not tell: `field` is what asks for it (`toServices`), `needs` the fact (`Service objects`). */
export interface MissingFact {
  readonly field: string;
  readonly needs: string;
}

export type Match = "yes" | "no" | "undecidable";

/** How one rule answers to one connection. A rule that does not apply (other subject, other direction) has none. */
export interface RuleMatch {
  readonly policy: Policy;
  readonly spec: PolicySpec;
  readonly section: PolicySection;
  readonly rule: PolicyRule;
  /** Of a deny rule, `yes` means that it denies. */
  readonly match: Match;
  /** Does the peer fit? With `port: "no"` that is a near miss. */
  readonly peer: Match;
  readonly port: Match;
  /** `match`, with what constraints on all rules (`fromRequires`) make of it: what the decision goes by. */
  readonly decides: Match;
  /** Why it is undecidable; empty when it is not. */
  readonly missing: readonly MissingFact[];
  /** Would the traffic that this rule admits go through the L7 proxy? */
  readonly redirects: boolean;
}

/** Why a connection is allowed or denied. */
export type DecisionReason =
  | "allow-rule"
  | "default-deny"
  | "explicit-deny"
  | "not-enforced"
  /** The node itself may always reach its own pods. */
  | "localhost"
  /** Rules apply, but every spec says `enableDefaultDeny: false`. */
  | "default-allow"
  | "undecidable";

/** What the policies of a set say about one connection, on the side that its direction names. */
export interface Decision {
  /** Is this direction enforced for the subject? `null`: it cannot be told. */
  readonly enforced: boolean | null;
  /** Is what no rule allows denied? Not where every spec says `enableDefaultDeny: false`. `null`: it cannot be told. */
  readonly deniesByDefault: boolean | null;
  readonly verdict: "allowed" | "denied" | "undecidable";
  readonly reason: DecisionReason;
  /** Allowed, and handed to the L7 proxy. */
  readonly redirected: boolean;
  /** The authentication mode that an admitting rule asks for: until the handshake is done, packets are dropped. */
  readonly authentication?: string;
  /** The rules of selecting specs that match or may match, in the order of their text; for all others see `everyRule`. */
  readonly rules: readonly RuleMatch[];
  /** The specs that select the subject, with or without rules for this direction. */
  readonly selecting: readonly SelectingSpec[];
}

export interface SelectingSpec {
  readonly policy: Policy;
  readonly spec: PolicySpec;
  /** `undecidable`: the subject's labels are not known. */
  readonly selects: "yes" | "undecidable";
}

/** What the policies of a set say about one request of an allowed connection. */
export interface RequestDecision {
  readonly verdict: "allowed" | "denied" | "undecidable";
  /** The L7 entries that admit the request, of rules that admit its connection. */
  readonly entries: readonly L7EntryMatch[];
  /** Entries that cannot be judged, of rules that admit (or may admit) its connection. */
  readonly undecidable: readonly (L7EntryMatch & { readonly missing: MissingFact })[];
  /**
   * Entries that ask for headers, and admit the request but for those, where its event has none at all: it may have had
   * none, or they were left out. Only what became of the request tells.
   */
  readonly unseen: readonly (L7EntryMatch & { readonly missing: MissingFact })[];
  /** Rules with an L7 part for this connection. */
  readonly l7Rules: readonly RuleMatch[];
  /** Rules that admit the connection without an L7 part, and with it every request. */
  readonly openRules: readonly RuleMatch[];
}

export interface L7EntryMatch {
  readonly match: RuleMatch;
  readonly entry: L7Entry;
}
