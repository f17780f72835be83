import { commands } from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import { applyToDemo, removeFromDemo } from "./applyToDemo.ts";
import type { CommandParts } from "./commandParts.ts";
import type { CommandArguments, CommandName } from "./commandTable.ts";
import { connectToAddress } from "./connectToAddress.ts";
import { connectToCluster } from "./connectToCluster.ts";
import { copyAsHubbleCommand, copyAsHubbleJson } from "./copyFilter.ts";
import { copyRow, copyValue, filterFor, filterOut } from "./flowCell.ts";
import { observe } from "./observe.ts";
import { observeDrops } from "./observeDrops.ts";
import { followAsCapture, openAsCapture, openAsText } from "./openAsCapture.ts";
import { followCapture, openCapture, openCaptureFolder, stopFollowing } from "./openCapture.ts";
import { recordCapture, stopRecording } from "./recordCapture.ts";
import { exportFlows } from "./exportFlows.ts";
import { retryNow } from "./retryNow.ts";
import { saveFilterAs } from "./saveFilterAs.ts";
import { showFlows } from "./showFlows.ts";
import { showFlowsOfGroup } from "./showFlowsOfGroup.ts";
import { showFlowsOfRule } from "./showFlowsOfRule.ts";
import { showMenu } from "./showMenu.ts";
import { startDemo } from "./startDemo.ts";

type Handlers = {
  readonly [Name in CommandName]: (...args: CommandArguments[Name]) => unknown;
};

/** Registers every command of the table; one that fails is shown to the person. */
export function registerCommands(parts: CommandParts): Disposable {
  const handlers: Handlers = {
    connectToCluster: () => connectToCluster(parts),
    connectToAddress: () => connectToAddress(parts),
    startDemo: () => startDemo(parts),
    disconnect: () => parts.session.disconnect(),
    observe: () => observe(parts),
    observeDrops: () => observeDrops(parts),
    showFlows: () => showFlows(parts),
    openCapture: () => openCapture(parts),
    openCaptureFolder: () => openCaptureFolder(parts),
    followCapture: () => followCapture(parts),
    stopFollowing: () => stopFollowing(parts),
    recordCapture: () => recordCapture(parts),
    stopRecording: () => stopRecording(parts),
    exportFlows: () => exportFlows(parts),
    openAsCapture: (file, selected) => openAsCapture(parts, file, selected),
    followAsCapture: (file) => followAsCapture(parts, file),
    openAsText,
    showLog: () => {
      parts.log.show();
    },
    applyToDemo: (document) => applyToDemo(parts, document),
    removeFromDemo: (document) => removeFromDemo(parts, document),
    retryNow: () => retryNow(parts),
    clearFilter: () => parts.panel.clearFilter(),
    focusFilter: () => parts.panel.focusFilter(),
    saveFilter: (filter) => saveFilterAs(parts, filter),
    copyAsHubbleCommand: () => copyAsHubbleCommand(parts),
    copyAsHubbleJson: () => copyAsHubbleJson(parts),
    filterFor: (place) => filterFor(parts, place),
    filterOut: (place) => filterOut(parts, place),
    copyValue,
    copyRow: (place) => copyRow(parts, place),
    pauseFlows: () => {
      parts.panel.setPaused(true);
    },
    resumeFlows: () => {
      parts.panel.setPaused(false);
    },
    showMenu: () => showMenu(parts),
    showFlowsOfRule: (rule) => showFlowsOfRule(parts, rule),
    showFlowsOfGroup: (group) => showFlowsOfGroup(parts, group),
  };
  const owned = new DisposableStore();
  for (const [name, handler] of Object.entries(handlers)) {
    owned.add(
      commands.registerCommand(`hubbleLens.${name}`, async (...args: unknown[]) => {
        try {
          // Commands that others call with arguments check them; the rest are called by us.
          await (handler as (...args: unknown[]) => unknown)(...args);
        } catch (error) {
          showError(parts.log, t("That did not work."), error);
        }
      }),
    );
  }
  return owned;
}
