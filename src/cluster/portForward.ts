import type { IncomingMessage } from "node:http";
import { WebSocket } from "ws";
import type { ApiServer } from "./apiServer.ts";
import { apiTimeoutMs } from "./apiServer.ts";
import { ClusterError } from "./clusterError.ts";
import { headersOf } from "./connectionOptions.ts";
import { forbidden, requestFailure, statusCause, unauthorized } from "./describeFailure.ts";
import type { RelayPod } from "./findRelay.ts";
import { PortForwardStream } from "./portForwardStream.ts";
import { withTimeLimit } from "./withTimeLimit.ts";

/** The subprotocol: each message begins with a byte that names its channel. */
const subprotocol = "v4.channel.k8s.io";

/** No message of a port-forward comes near this; one that does is not of a port-forward. */
const maxMessageBytes = 16 * 1024 * 1024;

/** A refusal is a small Status object; what is longer is not read to its end. */
const maxRefusalBytes = 64 * 1024;

/** How long to wait for the API server to take the connection: tests wait less. */
export interface PortForwardOptions {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
}

/**
 * Opens one port-forward to a pod: a byte stream as if connected to the pod's port, which ends with an error of kind
 * `port-forward-failed` when the forward breaks. Throws `ClusterError`; aborting the signal later does nothing.
 */
export async function openPortForward(
  api: ApiServer,
  pod: RelayPod,
  { signal, timeoutMs = apiTimeoutMs }: PortForwardOptions,
): Promise<PortForwardStream> {
  const options = await api.connectionOptions(signal);
  const path = `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/portforward?ports=${pod.port}`;
  const socket = new WebSocket(api.context.server.replace(/^http/, "ws") + path, [subprotocol], {
    ...options,
    headers: { ...headersOf(options), "User-Agent": "hubble-lens" },
    perMessageDeflate: false,
    maxPayload: maxMessageBytes,
  });
  // Made before the socket is open, so that no message is missed.
  const stream = new PortForwardStream(socket, pod.port, (what, cause) =>
    forwardFailure(api, pod, what, cause),
  );
  // Until somebody uses the stream, an error only means that it is closed.
  stream.on("error", () => undefined);
  const onTimeout = (): Error =>
    forwardFailure(api, pod, `was not opened within ${timeoutMs / 1000} s.`, undefined);
  try {
    await withTimeLimit({ signal, timeoutMs, onTimeout }, () => opened(api, pod, socket));
  } catch (error) {
    stream.destroy();
    throw error;
  }
  if (stream.errored) throw stream.errored;
  return stream;
}

function opened(api: ApiServer, pod: RelayPod, socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", (error) => {
      reject(requestFailure(api.context, error));
    });
    socket.once("unexpected-response", (_request, response) => {
      readRefusal(response).then((body) => {
        reject(refusal(api, pod, response.statusCode ?? 0, body));
      }, reject);
    });
  });
}

async function readRefusal(response: IncomingMessage): Promise<unknown> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response as AsyncIterable<string>) {
    text += chunk;
    if (text.length > maxRefusalBytes) break;
  }
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(api: ApiServer, pod: RelayPod, status: number, body: unknown): ClusterError {
  switch (status) {
    case 401:
      return unauthorized(api.context, body);
    case 403:
      // A WebSocket is opened with GET, and newer servers want the right to create as well.
      return forbidden(api.context, "create and get pods/portforward", pod.namespace, body);
    case 404:
      return forwardFailure(api, pod, "is not possible: the pod is gone.", statusCause(status, body));
    default:
      return forwardFailure(
        api,
        pod,
        `was refused (HTTP ${status}). See whether the pod and its node are well.`,
        statusCause(status, body),
      );
  }
}

function forwardFailure(api: ApiServer, pod: RelayPod, what: string, cause: unknown): ClusterError {
  return new ClusterError(
    "port-forward-failed",
    `The port-forward to ${pod.name} in ${pod.namespace} of ${api.context.name}, port ${pod.port}, ${what}`,
    cause,
  );
}
