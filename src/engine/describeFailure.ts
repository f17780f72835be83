import { ClusterError } from "../cluster/clusterError.ts";
import { RelayError } from "../hubble/relayError.ts";
import type { FailureKind, SessionFailure } from "../protocol/session.ts";
import { DeadlineError } from "./waits.ts";

/** What a thrown error means to a person, whatever it is. */
export function describeFailure(error: unknown): SessionFailure {
  const atMs = Date.now();
  // The way to the relay broke, not the relay: what is known of the way says more.
  if (error instanceof RelayError && error.cause instanceof ClusterError) return describeFailure(error.cause);
  if (error instanceof RelayError || error instanceof ClusterError) {
    return { kind: error.kind, message: error.message, cause: causes(error.cause), atMs };
  }
  if (error instanceof DeadlineError) {
    const message = `The relay does not answer: ${error.message}.`;
    return { kind: "relay-unreachable", message, cause: error.message, atMs };
  }
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const message = `Something went wrong inside Hubble Lens: ${error instanceof Error ? error.message : cause}`;
  return { kind: "internal", message, cause, atMs };
}

/**
 * Must a person do something first? Some failures pass by themselves; and what was a relay a moment ago
 * (`streamedBefore`) is not another thing now, only broken.
 */
export function needsPerson(kind: FailureKind, streamedBefore: boolean): boolean {
  switch (kind) {
    case "bad-address":
    case "node-too-old":
    case "kubeconfig-missing":
    case "kubeconfig-invalid":
    case "context-missing":
    case "unauthorized":
    case "forbidden":
    case "internal":
      return true;
    case "not-a-relay":
    case "relay-not-found":
      return !streamedBefore;
    case "api-server-unreachable":
    case "relay-not-ready":
    case "port-forward-failed":
    case "relay-unreachable":
    case "relay-closed":
    case "relay-error":
      return false;
  }
}

/** The messages of a chain of causes, outermost first. */
function causes(error: unknown): string {
  const messages: string[] = [];
  let cause = error;
  while (cause instanceof Error && messages.length < 5) {
    messages.push(cause.message);
    cause = cause.cause;
  }
  if (typeof cause === "string") messages.push(cause);
  return messages.filter((message) => message !== "").join(": ");
}
