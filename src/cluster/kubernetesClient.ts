import { readFile } from "node:fs/promises";
import { KubeConfig, type User } from "@kubernetes/client-node";
import type { ChosenContext } from "./chooseContext.ts";
import { headersOf } from "./connectionOptions.ts";
import { type ExecCredential, runExecCredential } from "./execCredential.ts";
import { isMap, textAt } from "./jsonValue.ts";
import type { KubeconfigEntry } from "./kubeconfig.ts";

type Authenticator = Parameters<KubeConfig["addAuthenticator"]>[0];
type AuthenticatedOptions = Parameters<Authenticator["applyAuthentication"]>[1];

/**
 * The Kubernetes client for one context: it knows certificates, OIDC renewal and proxies. Login commands and token files are
 * ours, because kubectl gives them what the client does not: an environment, an end, and the file's text without its line
 * break. `signal` ends the login commands that are running. To be imported dynamically: it is heavy, and does not load on
 * an old Node.js.
 */
export function openKubernetesClient(context: ChosenContext, signal: AbortSignal): KubeConfig {
  const client = new KubeConfig();
  client.loadFromOptions({
    clusters: [clusterOptions(context)],
    users: [userOptions(context)],
    contexts: [{ name: "chosen", cluster: context.clusterName, user: userName(context) }],
    currentContext: "chosen",
  });
  client.addAuthenticator(tokenFileAuthenticator(context));
  client.addAuthenticator(execAuthenticator(context, signal));
  return client;
}

function clusterOptions({ clusterName, server, cluster }: ChosenContext) {
  const caData = textAt(cluster, "certificate-authority-data");
  const caFile = textAt(cluster, "certificate-authority");
  const tlsServerName = textAt(cluster, "tls-server-name");
  const proxyUrl = textAt(cluster, "proxy-url");
  return {
    name: clusterName,
    server,
    // The client refuses plain HTTP unless TLS verification is off; there is no TLS to verify then.
    skipTLSVerify: cluster["insecure-skip-tls-verify"] === true || server.startsWith("http:"),
    ...oneOf("caData", caData, "caFile", caFile),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
}

function userOptions(context: ChosenContext): User {
  const { user } = context;
  const token = textAt(user, "token");
  const username = textAt(user, "username");
  const password = textAt(user, "password");
  const impersonateUser = textAt(user, "as");
  return {
    name: userName(context),
    ...oneOf(
      "certData",
      textAt(user, "client-certificate-data"),
      "certFile",
      textAt(user, "client-certificate"),
    ),
    ...oneOf("keyData", textAt(user, "client-key-data"), "keyFile", textAt(user, "client-key")),
    ...(isMap(user["auth-provider"]) && { authProvider: user["auth-provider"] }),
    // As in kubectl, a token file outweighs a token.
    ...(token !== undefined && user["tokenFile"] === undefined && { token }),
    ...(username !== undefined && { username, password: password ?? "" }),
    ...(impersonateUser !== undefined && { impersonateUser }),
  };
}

/** As in kubectl, data in the kubeconfig outweighs the name of a file. */
function oneOf(dataKey: string, data: string | undefined, fileKey: string, file: string | undefined) {
  if (data !== undefined) return { [dataKey]: data };
  return file === undefined ? {} : { [fileKey]: file };
}

/** The client applies no certificate authority for a context without a user: it gets one without credentials. */
function userName(context: ChosenContext): string {
  return context.userName === "" ? "nobody" : context.userName;
}

function tokenFileAuthenticator({ user }: ChosenContext): Authenticator {
  const file = textAt(user, "tokenFile");
  return {
    isAuthProvider: () => file !== undefined,
    applyAuthentication: async (_user, options) => {
      if (file !== undefined) setBearer(options, (await readFile(file, "utf8")).trim());
    },
  };
}

function execAuthenticator({ userName, user }: ChosenContext, signal: AbortSignal): Authenticator {
  const exec: KubeconfigEntry | undefined = isMap(user["exec"]) ? user["exec"] : undefined;
  let held: ExecCredential | undefined;
  return {
    isAuthProvider: () => exec !== undefined,
    applyAuthentication: async (_user, options) => {
      if (!exec) return;
      if (!held || (held.expiresAtMs ?? Infinity) <= Date.now()) {
        held = await runExecCredential(userName, exec, signal);
      }
      if (held.token !== undefined) setBearer(options, held.token);
      if (held.certificate !== undefined) options.cert = held.certificate;
      if (held.key !== undefined) options.key = held.key;
    },
  };
}

function setBearer(options: AuthenticatedOptions, token: string): void {
  options.headers = { ...headersOf(options), Authorization: `Bearer ${token}` };
}
