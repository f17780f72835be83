import { ClusterError } from "./clusterError.ts";
import { textAt } from "./jsonValue.ts";
import type { Kubeconfig, KubeconfigEntry } from "./kubeconfig.ts";

/** One context with the cluster and the user that it names. */
export interface ChosenContext {
  readonly name: string;
  readonly clusterName: string;
  /** The API server's URL, without a slash at its end. */
  readonly server: string;
  readonly cluster: KubeconfigEntry;
  readonly userName: string;
  /** Empty where the context names no user: the API server is then asked without credentials. */
  readonly user: KubeconfigEntry;
}

/** Finds a context by name (none: the current one) with what it names; throws `ClusterError` of kind `context-missing` or `kubeconfig-invalid`. */
export function chooseContext(kubeconfig: Kubeconfig, wanted: string | undefined): ChosenContext {
  const files = kubeconfig.files.join(", ");
  const name = wanted ?? kubeconfig.currentContext;
  if (name === undefined) {
    throw new ClusterError("context-missing", `No current context is set in ${files}. Choose a context.`);
  }
  const context = kubeconfig.contexts.get(name);
  if (!context) {
    const known = [...kubeconfig.contexts.keys()];
    throw new ClusterError(
      "context-missing",
      `The context ${name} is not in ${files}. ` +
        (known.length > 0 ? `Choose another one: ${listSome(known)}.` : "There is no context in it."),
    );
  }
  const clusterName = textAt(context, "cluster") ?? "";
  const cluster = kubeconfig.clusters.get(clusterName);
  const userName = textAt(context, "user") ?? "";
  const user = userName === "" ? {} : kubeconfig.users.get(userName);
  const server = textAt(cluster, "server");
  if (!cluster || !user || server === undefined || !isWebAddress(server)) {
    const fault = !cluster
      ? `names the cluster ${clusterName || '""'}, which no file defines`
      : !user
        ? `names the user ${userName}, which no file defines`
        : `names the cluster ${clusterName}, whose server is not an http(s) URL`;
    throw new ClusterError("kubeconfig-invalid", `The context ${name} ${fault} (${files}).`);
  }
  return { name, clusterName, server: server.replace(/\/+$/, ""), cluster, userName, user };
}

function isWebAddress(server: string): boolean {
  return URL.canParse(server) && ["http:", "https:"].includes(new URL(server).protocol);
}

function listSome(names: readonly string[]): string {
  const shown = 8;
  return names.slice(0, shown).join(", ") + (names.length > shown ? ` and ${names.length - shown} more` : "");
}
