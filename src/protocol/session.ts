/** Where flows come from: what a person chose to connect to. */
export type Target =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "demo"; readonly address: string }
  | {
      readonly kind: "kubernetes";
      /** Files in place of those of `KUBECONFIG`; empty: as kubectl finds them. */
      readonly kubeconfigPaths: readonly string[];
      /** Absent: the current context. */
      readonly context?: string;
      readonly namespace: string;
      readonly service: string;
    };

/** What a connecting session is doing. */
export type ConnectStep = "kubeconfig" | "find-relay" | "port-forward" | "relay" | "history";

/** Kinds of failure, by what the person can do about each. */
export type FailureKind =
  | "bad-address"
  /** This Node.js is too old for the Kubernetes client: only on the command line. */
  | "node-too-old"
  | "kubeconfig-missing"
  | "kubeconfig-invalid"
  | "context-missing"
  | "api-server-unreachable"
  | "unauthorized"
  | "forbidden"
  | "relay-not-found"
  | "relay-not-ready"
  | "port-forward-failed"
  | "relay-unreachable"
  | "relay-closed"
  | "not-a-relay"
  | "relay-error"
  | "internal";

/** Why a session is not streaming. */
export interface SessionFailure {
  readonly kind: FailureKind;
  /** One sentence in plain words, complete with names. */
  readonly message: string;
  /** What was reported underneath, for the log and for those who want it; never secrets. */
  readonly cause: string;
  readonly atMs: number;
}

/** A session is in exactly one of these states. Times are ms since 1970. */
export type SessionState =
  | { readonly name: "idle" }
  | { readonly name: "connecting"; readonly target: Target; readonly step: ConnectStep }
  | { readonly name: "streaming"; readonly target: Target; readonly sinceMs: number }
  /** Nobody looks: streams are stopped until somebody does. */
  | { readonly name: "paused"; readonly target: Target }
  /** The connection was lost, or could not be made for a reason that may pass: tries again by itself. */
  | {
      readonly name: "waiting";
      readonly target: Target;
      readonly untilMs: number;
      readonly attempt: number;
      readonly failure: SessionFailure;
    }
  /** The person must do something. */
  | { readonly name: "failed"; readonly target: Target; readonly failure: SessionFailure };

/** What the relay says of itself (`ServerStatus`). */
export interface RelayStatus {
  readonly version: string;
  readonly heldFlows: number;
  readonly maxFlows: number;
  readonly seenFlows: number;
  readonly flowsPerSecond: number;
  readonly uptimeMs: number;
  /** `null` when the server is no relay. */
  readonly connectedNodes: number | null;
  readonly unavailableNodes: readonly string[];
}

/** A node as `GetNodes` lists it. */
export interface RelayNode {
  readonly name: string;
  readonly state: "connected" | "unavailable" | "gone" | "error" | "unknown";
  readonly version: string;
  readonly address: string;
  readonly heldFlows: number;
  readonly maxFlows: number;
  readonly seenFlows: number;
  readonly uptimeMs: number;
}
