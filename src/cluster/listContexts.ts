import { textAt } from "./jsonValue.ts";
import { readKubeconfig } from "./kubeconfig.ts";

/** The contexts among which a person may choose, in the order of the files, and the one that kubectl uses now. */
export interface KubeconfigContexts {
  readonly contexts: readonly { readonly name: string; readonly cluster: string }[];
  /** Absent: no file names one. */
  readonly current?: string;
}

/** Lists the contexts of the given kubeconfig files (none: as kubectl finds them); throws `ClusterError` when there is no readable kubeconfig. */
export async function listContexts(kubeconfigPaths: readonly string[]): Promise<KubeconfigContexts> {
  const { contexts, currentContext } = await readKubeconfig(kubeconfigPaths);
  return {
    contexts: [...contexts].map(([name, context]) => ({ name, cluster: textAt(context, "cluster") ?? "" })),
    ...(currentContext !== undefined && { current: currentContext }),
  };
}
