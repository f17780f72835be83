/**
 * What went wrong with a relay, by what can be done about it:
 * `bad-address`: what was typed is no address; `relay-unreachable`: no connection, or no answer on it;
 * `relay-closed`: it answered, then the connection ended; `not-a-relay`: something else lives there;
 * `relay-error`: it is a relay and refuses.
 */
export type RelayErrorKind =
  | "bad-address"
  | "relay-unreachable"
  | "relay-closed"
  | "not-a-relay"
  | "relay-error";

/** A relay could not be talked to. The message is one plain sentence; `cause` is what was reported underneath. */
export class RelayError extends Error {
  readonly kind: RelayErrorKind;

  constructor(kind: RelayErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RelayError";
    this.kind = kind;
  }
}
