import { commands, type QuickPickItem, window } from "vscode";
import type { ContextList } from "../../protocol/engine.ts";
import { localize as t } from "../vscode/localize.ts";
import { readSetting } from "../vscode/settings.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";

type ContextItem = QuickPickItem & { readonly context: string };

/** *Connect to Cluster…*: lets the person choose one of the kubeconfig's contexts. */
export async function connectToCluster(parts: CommandParts): Promise<void> {
  const kubeconfigPaths = readSetting("kubeconfig");
  const listing = parts.engine.request("listContexts", { kubeconfigPaths });
  const items = listing.then(contextItems);
  let chosen: ContextItem | undefined;
  try {
    chosen = await window.showQuickPick(items, {
      title: t("Connect to Cluster"),
      placeHolder: t("The kubeconfig context of the cluster to look into"),
      matchOnDescription: true,
    });
  } catch (error) {
    showError(parts.log, t("The kubeconfig could not be read."), error, [
      { label: t("Retry"), run: () => connectToCluster(parts) },
      {
        label: t("Open Settings"),
        run: () => commands.executeCommand("workbench.action.openSettings", "hubbleLens.kubeconfig"),
      },
    ]);
    return;
  }
  if (!chosen) {
    await explainNoContexts(parts, listing);
    return;
  }
  await parts.session.connect({
    kind: "kubernetes",
    kubeconfigPaths,
    context: chosen.context,
    namespace: readSetting("relay.namespace"),
    service: readSetting("relay.service"),
  });
}

function contextItems({ contexts, current }: ContextList): ContextItem[] {
  const preferred = readSetting("context") || current;
  const items = contexts.map(({ name, cluster }) => ({
    label: name,
    context: name,
    description: [name === current ? t("current") : "", cluster === name ? "" : cluster]
      .filter(Boolean)
      .join(" · "),
  }));
  return [
    ...items.filter(({ context }) => context === preferred),
    ...items.filter(({ context }) => context !== preferred),
  ];
}

/** An empty list closes without a word: says why there is nothing to choose. */
async function explainNoContexts(parts: CommandParts, listing: Promise<ContextList>): Promise<void> {
  const { contexts } = await listing;
  if (contexts.length > 0) return;
  const demo = t("Start Demo Cluster");
  const address = t("Connect to Relay Address…");
  const chosen = await window.showWarningMessage(
    t(
      "The kubeconfig names no contexts. Its files are those of KUBECONFIG, else ~/.kube/config, or those of the setting hubbleLens.kubeconfig.",
    ),
    demo,
    address,
  );
  if (chosen === demo) await commands.executeCommand("hubbleLens.startDemo");
  if (chosen === address) await commands.executeCommand("hubbleLens.connectToAddress");
  if (chosen === undefined) parts.log.info("session", "no contexts to choose from");
}
