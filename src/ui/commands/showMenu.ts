import { commands, type QuickPickItem, window } from "vscode";
import { statusText } from "../session/sessionText.ts";
import { localize as t } from "../vscode/localize.ts";
import type { CommandName } from "./commandTable.ts";
import type { CommandParts } from "./commandParts.ts";

type MenuItem = QuickPickItem & { readonly name: CommandName };

/** The status bar item's menu: what can be done now. */
export async function showMenu({ model }: CommandParts): Promise<void> {
  const { state, source, recording } = model.snapshot;
  const items: MenuItem[] = [];
  const add = (icon: string, label: string, name: CommandName): void => {
    items.push({ label: `$(${icon}) ${label}`, name });
  };
  if (state.name === "waiting" || state.name === "failed") add("refresh", t("Retry Now"), "retryNow");
  if (model.inUse) {
    add("list-flat", t("Show Flows"), "showFlows");
    add("circle-slash", t("Observe Drops"), "observeDrops");
  }
  add(
    "plug",
    state.name === "idle" ? t("Connect to Cluster…") : t("Choose Another Cluster…"),
    "connectToCluster",
  );
  add("link", t("Connect to Relay Address…"), "connectToAddress");
  if (state.name === "idle" || state.target.kind !== "demo")
    add("beaker", t("Start Demo Cluster"), "startDemo");
  add("folder-opened", t("Open Capture…"), "openCapture");
  if (source.kind === "following") add("eye-closed", t("Stop Following"), "stopFollowing");
  if (recording) add("debug-stop", t("Stop Recording"), "stopRecording");
  else if (state.name !== "idle") add("record", t("Record Capture…"), "recordCapture");
  if (model.inUse) add("export", t("Export Flows…"), "exportFlows");
  if (state.name !== "idle") add("debug-disconnect", t("Disconnect"), "disconnect");
  add("output", t("Show Log"), "showLog");
  const chosen = await window.showQuickPick(items, {
    title: "Hubble Lens",
    placeHolder: statusText({ ...model.snapshot, beginning: model.beginning }, Date.now(), t).detail,
  });
  if (chosen) await commands.executeCommand(`hubbleLens.${chosen.name}`);
}
