import type { ChosenContext } from "./chooseContext.ts";
import { ClusterError } from "./clusterError.ts";
import { textAt } from "./jsonValue.ts";

/** What the codes of Node.js mean, and what to do; the sentence goes on from "The API server of X (URL)". */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refused the connection. Check that the cluster runs.",
  ECONNRESET: "closed the connection before it answered.",
  EPIPE: "closed the connection before it answered.",
  ENOTFOUND: "cannot be found: its name has no address. Check the network or the VPN.",
  EAI_AGAIN: "cannot be found: names cannot be resolved now. Check the network or the VPN.",
  ETIMEDOUT: "does not answer. Check the network or the VPN.",
  EHOSTUNREACH: "cannot be reached from here. Check the network or the VPN.",
  ENETUNREACH: "cannot be reached from here. Check the network or the VPN.",
  EPROTO: "does not speak TLS as expected. Check the server URL in the kubeconfig.",
  ERR_SSL_WRONG_VERSION_NUMBER: "does not speak TLS. Check the server URL in the kubeconfig.",
  HPE_INVALID_CONSTANT: "does not speak HTTP. Check the server URL in the kubeconfig.",
  CERT_HAS_EXPIRED: "shows a certificate that has expired. Renew it, and check the clock here.",
  ERR_TLS_CERT_ALTNAME_INVALID:
    "shows a certificate for another name. Check the server URL or set tls-server-name in the kubeconfig.",
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted(),
  SELF_SIGNED_CERT_IN_CHAIN: untrusted(),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted(),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted(),
  CERT_SIGNATURE_FAILURE: untrusted(),
};

/** The person's way out where a right is missing. */
const askForRight = "Ask whoever administers the cluster for it";

/** An API server that could not be asked: says why by the error's code. */
export function requestFailure(context: ChosenContext, error: unknown): ClusterError {
  const code = textAt(error, "code") ?? "";
  const meaning = meanings[code] ?? `could not be asked${code === "" ? "" : ` (${code})`}.`;
  return new ClusterError("api-server-unreachable", `${apiServerOf(context)} ${meaning}`, error);
}

/** The API server does not know who asks (401). */
export function unauthorized(context: ChosenContext, body: unknown): ClusterError {
  const who = context.userName === "" ? "and no user is named in it" : `as ${context.userName}`;
  return new ClusterError(
    "unauthorized",
    `${apiServerOf(context)} does not accept the login of the context ${context.name} ${who}: it may have expired. ` +
      "Log in again (kubectl get pods shows whether it works), then try again.",
    statusCause(401, body),
  );
}

/** The API server knows who asks, and refuses (403). `right` is what RBAC must allow: "get services". */
export function forbidden(context: ChosenContext, right: string, place: string, body: unknown): ClusterError {
  return new ClusterError(
    "forbidden",
    `${who(context)} may not ${right} in ${place} of ${context.name}. ${askForRight}: RBAC must allow it in that namespace.`,
    statusCause(403, body),
  );
}

/** The API server answered something that was not expected: a proxy in between, a fault of its own, not Kubernetes. */
export function unexpectedReply(context: ChosenContext, status: number, body: unknown): ClusterError {
  const isKubernetes = textAt(body, "kind") === "Status";
  return new ClusterError(
    "api-server-unreachable",
    isKubernetes
      ? `${apiServerOf(context)} answered with HTTP ${status}. Try again in a while.`
      : `${apiServerOf(context)} does not answer as Kubernetes does (HTTP ${status}). Check the server URL in the kubeconfig.`,
    statusCause(status, body),
  );
}

/** What a reply says of its own refusal, for the log. */
export function statusCause(status: number, body: unknown): string {
  const message = textAt(body, "message");
  return message === undefined ? `HTTP ${status}` : `HTTP ${status}: ${message}`;
}

function apiServerOf(context: ChosenContext): string {
  return `The API server of ${context.name} (${context.server})`;
}

function who(context: ChosenContext): string {
  return context.userName === "" ? "Whoever has no user" : `The user ${context.userName}`;
}

function untrusted(): string {
  return "shows a certificate that its authority in the kubeconfig did not sign. Check certificate-authority there.";
}
