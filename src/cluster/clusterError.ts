/** What went wrong on the way to the relay, by what the person can do about it; each is a `FailureKind` of the session. */
export type ClusterErrorKind =
  | "node-too-old"
  | "kubeconfig-missing"
  | "kubeconfig-invalid"
  | "context-missing"
  | "api-server-unreachable"
  | "unauthorized"
  | "forbidden"
  | "relay-not-found"
  | "relay-not-ready"
  | "port-forward-failed";

/** The way to the relay failed: `message` is a sentence for the person with a way out, `cause` what was reported underneath. */
export class ClusterError extends Error {
  override readonly name = "ClusterError";
  readonly kind: ClusterErrorKind;

  constructor(kind: ClusterErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}
