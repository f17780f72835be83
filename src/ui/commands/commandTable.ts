import type { RuleFilter } from "../../flows/flowFilter.ts";
import type { GroupPlace } from "../views/groupTerms.ts";

/**
 * Every command, by what follows `hubbleLens.`, with the arguments it takes. What menus and other extensions pass
 * is checked by the command itself: there the argument is `unknown`.
 */
export interface CommandArguments {
  readonly connectToCluster: [];
  readonly connectToAddress: [];
  readonly startDemo: [];
  readonly disconnect: [];
  readonly observe: [];
  readonly observeDrops: [];
  readonly showFlows: [];
  readonly openCapture: [];
  readonly openCaptureFolder: [];
  readonly followCapture: [];
  readonly stopFollowing: [];
  readonly recordCapture: [];
  readonly stopRecording: [];
  readonly exportFlows: [];
  /** The file, a Uri or its text form, and all that are selected with it. */
  readonly openAsCapture: [file?: unknown, selected?: unknown];
  readonly followAsCapture: [file?: unknown];
  readonly openAsText: [file?: unknown];
  readonly showLog: [];
  /** The document: a Uri from a menu, its text form from a lens, nothing for the active editor's. */
  readonly applyToDemo: [document?: unknown];
  readonly removeFromDemo: [document?: unknown];
  readonly retryNow: [];
  readonly clearFilter: [];
  readonly focusFilter: [];
  /** The filter's text; nothing for the one that the panel shows. */
  readonly saveFilter: [filter?: unknown];
  readonly copyAsHubbleCommand: [];
  readonly copyAsHubbleJson: [];
  /** The place: what menus of the table, of the details and of the tree pass. */
  readonly filterFor: [place: unknown];
  readonly filterOut: [place: unknown];
  readonly copyValue: [place: unknown];
  readonly copyRow: [place: unknown];
  readonly pauseFlows: [];
  readonly resumeFlows: [];
  readonly showMenu: [];
  readonly showFlowsOfRule: [rule: RuleFilter];
  readonly showFlowsOfGroup: [group: GroupPlace];
}

export type CommandName = keyof CommandArguments;

/** Is a command offered in the palette? The others are run by buttons, lenses and trees. */
export const commandTable: Readonly<Record<CommandName, "palette" | "internal">> = {
  connectToCluster: "palette",
  connectToAddress: "palette",
  startDemo: "palette",
  disconnect: "palette",
  observe: "palette",
  observeDrops: "palette",
  showFlows: "palette",
  openCapture: "palette",
  openCaptureFolder: "palette",
  followCapture: "palette",
  stopFollowing: "palette",
  recordCapture: "palette",
  stopRecording: "palette",
  exportFlows: "palette",
  openAsCapture: "internal",
  followAsCapture: "internal",
  openAsText: "internal",
  showLog: "palette",
  applyToDemo: "palette",
  removeFromDemo: "palette",
  clearFilter: "palette",
  focusFilter: "palette",
  saveFilter: "palette",
  copyAsHubbleCommand: "palette",
  copyAsHubbleJson: "palette",
  pauseFlows: "palette",
  resumeFlows: "palette",
  retryNow: "internal",
  showMenu: "internal",
  filterFor: "internal",
  filterOut: "internal",
  copyValue: "internal",
  copyRow: "internal",
  showFlowsOfRule: "internal",
  showFlowsOfGroup: "internal",
};
