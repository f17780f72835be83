import { commands, type QuickPickItem, window } from "vscode";
import { localize as t } from "../vscode/localize.ts";

/** Asks where flows are to come from and goes there. Answers false when the person chose nothing. */
export async function chooseSource(title: string): Promise<boolean> {
  const items: readonly (QuickPickItem & { readonly command: string })[] = [
    { label: `$(plug) ${t("Connect to Cluster…")}`, command: "hubbleLens.connectToCluster" },
    { label: `$(beaker) ${t("Start Demo Cluster")}`, command: "hubbleLens.startDemo" },
    { label: `$(link) ${t("Connect to Relay Address…")}`, command: "hubbleLens.connectToAddress" },
    { label: `$(folder-opened) ${t("Open Capture…")}`, command: "hubbleLens.openCapture" },
  ];
  const chosen = await window.showQuickPick(items, {
    title,
    placeHolder: t("Nothing is connected. Where should flows come from?"),
  });
  if (!chosen) return false;
  await commands.executeCommand(chosen.command);
  return true;
}
