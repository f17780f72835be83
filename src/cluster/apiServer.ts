import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Disposable } from "../base/disposable.ts";
import { checkNode } from "./checkNode.ts";
import type { ChosenContext } from "./chooseContext.ts";
import { ClusterError } from "./clusterError.ts";
import { type ConnectionOptions, headersOf } from "./connectionOptions.ts";
import { requestFailure, unauthorized } from "./describeFailure.ts";
import { textAt } from "./jsonValue.ts";
import { withTimeLimit } from "./withTimeLimit.ts";

/** What an API server answered; `body` is decoded JSON that nobody has checked, `undefined` when it was no JSON. */
export interface ApiReply {
  readonly status: number;
  readonly body: unknown;
}

/** The API server of one context, with its credentials. Every wait ends with its signal or its time limit. */
export interface ApiServer extends Disposable {
  readonly context: ChosenContext;
  /** Asks for an object or a list. Refusals (403, 404, 5xx) are replies; no answer and 401 are thrown as `ClusterError`. */
  get(path: string, signal: AbortSignal): Promise<ApiReply>;
  /** What a connection of another protocol to this server needs: credentials, certificates, agent. */
  connectionOptions(signal: AbortSignal): Promise<ConnectionOptions>;
}

/** One API call takes milliseconds; a server that is silent for this long is not answering. */
export const apiTimeoutMs = 10_000;

/** A login command may wait for a person at a browser. */
const loginTimeoutMs = 60_000;

/** Far more than any list that is asked for here. */
const maxReplyBytes = 32 * 1024 * 1024;

/** How long to wait for the API server: tests wait less. */
export interface ApiServerOptions {
  readonly timeoutMs?: number;
  readonly loginTimeoutMs?: number;
}

/** Makes the API server of a context reachable; nothing is asked of it yet. Throws `ClusterError` of kind `node-too-old`. */
export async function openApiServer(
  context: ChosenContext,
  options: ApiServerOptions = {},
): Promise<ApiServer> {
  const disposed = new AbortController();
  checkNode(process.versions.node);
  const { openKubernetesClient } = await import("./kubernetesClient.ts");
  const client = openKubernetesClient(context, disposed.signal);
  const timeoutMs = options.timeoutMs ?? apiTimeoutMs;
  const loginMs = options.loginTimeoutMs ?? loginTimeoutMs;

  async function connectionOptions(signal: AbortSignal): Promise<ConnectionOptions> {
    const made: ConnectionOptions = {};
    const limit = { signal, timeoutMs: loginMs, onTimeout: () => loginTimeout(context, loginMs) };
    try {
      await withTimeLimit(limit, () => client.applyToHTTPSOptions(made));
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ClusterError) throw error;
      throw credentialFailure(context, error);
    }
    return made;
  }

  async function get(path: string, signal: AbortSignal): Promise<ApiReply> {
    const made = await connectionOptions(signal);
    const onTimeout = (): Error =>
      new ClusterError(
        "api-server-unreachable",
        `The API server of ${context.name} (${context.server}) did not answer within ${timeoutMs / 1000} s. ` +
          "Check that the cluster runs and that this network reaches it.",
      );
    let reply: ApiReply;
    try {
      reply = await withTimeLimit({ signal, timeoutMs, onTimeout }, (limited) =>
        readJson(context.server + path, made, limited),
      );
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ClusterError) throw error;
      throw requestFailure(context, error);
    }
    if (reply.status === 401) throw unauthorized(context, reply.body);
    return reply;
  }

  return {
    context,
    get,
    connectionOptions,
    dispose: () => {
      disposed.abort();
    },
  };
}

function readJson(url: string, options: ConnectionOptions, signal: AbortSignal): Promise<ApiReply> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const headers = { ...headersOf(options), Accept: "application/json", "User-Agent": "hubble-lens" };
    const request = send(url, { ...options, headers, signal }, (response) => {
      readBody(response).then((text) => {
        resolve({ status: response.statusCode ?? 0, body: parseJson(text) });
      }, reject);
    });
    request.on("error", reject);
    request.end();
  });
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxReplyBytes) throw new RangeError(`The reply is longer than ${maxReplyBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function loginTimeout(context: ChosenContext, timeoutMs: number): ClusterError {
  return new ClusterError(
    "unauthorized",
    `The login of the user ${context.userName} did not end within ${timeoutMs / 1000} s. Log in with kubectl, then try again.`,
  );
}

/** Credentials come from files and from an identity provider: what fails here is not the API server. */
function credentialFailure(context: ChosenContext, error: unknown): ClusterError {
  const path = textAt(error, "path");
  if (path !== undefined) {
    return new ClusterError(
      "kubeconfig-invalid",
      `The file ${path}, which the context ${context.name} names, cannot be read.`,
      error,
    );
  }
  return new ClusterError(
    "unauthorized",
    `The credentials of the user ${context.userName} could not be made ready. Log in with kubectl, then try again.`,
    error,
  );
}
