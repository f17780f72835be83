import { grpcCodeName, grpcCodes, type GrpcFailure } from "./grpcStatus.ts";
import type { Probe } from "./probeRelay.ts";
import { RelayError } from "./relayError.ts";

const tooLate = "it does not answer in time";
/** Characters. */
const mostWords = 300;

/**
 * Says in plain words what a failed call means. Where gRPC cannot know (it calls "unavailable" all that is not a gRPC
 * server), `probe` finds out.
 */
export async function explainFailure(
  failure: GrpcFailure,
  address: string,
  probe: () => Promise<Probe>,
): Promise<RelayError> {
  const { code, cause, answered } = failure;
  const lost = code === grpcCodes.UNAVAILABLE || code === grpcCodes.DEADLINE_EXCEEDED;
  if ((failure.foreign && !lost) || code === grpcCodes.UNIMPLEMENTED) {
    return new RelayError("not-a-relay", `What answers at ${address} is no Hubble relay.`, cause);
  }
  if (lost && !answered) return explainProbe(await probe(), failure, address);
  if (lost || code === grpcCodes.CANCELLED) {
    return new RelayError("relay-closed", `The connection to the relay at ${address} ended.`, cause);
  }
  const reason = readable(failure.details) || grpcCodeName(code);
  return new RelayError("relay-error", `The relay at ${address} answered with an error: ${reason}`, cause);
}

function explainProbe(probe: Probe, failure: GrpcFailure, address: string): RelayError {
  const unreachable = (what: string, cause: unknown): RelayError =>
    new RelayError("relay-unreachable", `The relay at ${address} cannot be reached: ${what}.`, cause);
  switch (probe.kind) {
    case "unreachable":
      return unreachable(explainCode(codeOf(probe.cause)), probe.cause);
    case "closed":
      return unreachable(
        "it closes the connection without a word, as a relay does that expects TLS",
        failure.cause,
      );
    case "silent":
      return unreachable(tooLate, failure.cause);
    case "other-protocol": {
      const message = `What answers at ${address} is no Hubble relay: it does not speak HTTP/2, but “${probe.answer}”.`;
      return new RelayError("not-a-relay", message, failure.cause);
    }
    case "http2":
      return unreachable(
        failure.code === grpcCodes.DEADLINE_EXCEEDED
          ? tooLate
          : readable(failure.details) || "it is not available",
        failure.cause,
      );
  }
}

/** The other side's own words: on one line, without what would steer a terminal, and no longer than a person reads. */
function readable(words: string): string {
  const line = words.replaceAll(/\p{Cc}+/gu, " ").trim();
  return line.length > mostWords ? `${line.slice(0, mostWords)}…` : line;
}

/** What a person can make of the system's error code. */
function explainCode(code: string): string {
  switch (code) {
    case "ECONNREFUSED":
      return "nothing listens there";
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return "the name is not known";
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return "there is no way to that network";
    case "ETIMEDOUT":
    case "ABORT_ERR":
      return tooLate;
    case "ECONNRESET":
    case "EPIPE":
      return "it closes the connection without a word, as a relay does that expects TLS";
    default:
      return code || "the connection could not be made";
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}
