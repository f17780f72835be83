import { commands } from "vscode";
import type { FailureKind, SessionState } from "../../protocol/session.ts";

/** Every context key that we set for `when` clauses, with its values. */
export interface ContextKeys {
  readonly "hubbleLens.state": SessionState["name"];
  /** Why the session failed; empty when it did not. */
  readonly "hubbleLens.failure": FailureKind | "";
  /** Does the demo cluster run? */
  readonly "hubbleLens.demo": boolean;
  /** Are the held flows those of a capture file? */
  readonly "hubbleLens.capture": boolean;
  /** Does the flows panel show only some of the flows? */
  readonly "hubbleLens.filtered": boolean;
  readonly "hubbleLens.paused": boolean;
  /** Is the active editor one with a policy in it? */
  readonly "hubbleLens.policyEditor": boolean;
}

const current = new Map<string, unknown>();

/** Sets a context key; setting what it already is costs nothing. */
export function setContextKey<Key extends keyof ContextKeys>(key: Key, value: ContextKeys[Key]): void {
  if (current.get(key) === value) return;
  current.set(key, value);
  void commands.executeCommand("setContext", key, value);
}
