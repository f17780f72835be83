import type { FailureKind, SessionState } from "../../protocol/session.ts";

/** Every context key that we set for `when` clauses, with its values. */
export interface ContextKeys {
  readonly "hubbleLens.state": SessionState["name"];
  /** Why the session failed; empty when it did not. */
  readonly "hubbleLens.failure": FailureKind | "";
  /** Does the demo cluster run? */
  readonly "hubbleLens.demo": boolean;
  /** Are the held flows those of a capture file, read or being read? */
  readonly "hubbleLens.capture": boolean;
  /** Is a file followed as it grows? */
  readonly "hubbleLens.following": boolean;
  /** Is something recorded, or has a recording failed that is not ended yet? */
  readonly "hubbleLens.recording": boolean;
  /** Does the flows panel show only some of the flows? */
  readonly "hubbleLens.filtered": boolean;
  readonly "hubbleLens.paused": boolean;
  /** Is the active editor one with a policy in it? */
  readonly "hubbleLens.policyEditor": boolean;
}

/** The names of {@link ContextKeys}: a test compares them with the `when` clauses of package.json. */
export const contextKeyTable: Readonly<Record<keyof ContextKeys, true>> = {
  "hubbleLens.state": true,
  "hubbleLens.failure": true,
  "hubbleLens.demo": true,
  "hubbleLens.capture": true,
  "hubbleLens.following": true,
  "hubbleLens.recording": true,
  "hubbleLens.filtered": true,
  "hubbleLens.paused": true,
  "hubbleLens.policyEditor": true,
};
