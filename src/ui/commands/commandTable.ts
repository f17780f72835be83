import type { FlowSelection, RuleFilter } from "../../flows/flowFilter.ts";

/**
 * Every command, by what follows `hubbleLens.`, with the arguments it takes. What menus and other extensions pass
 * is checked by the command itself: there the argument is `unknown`.
 */
export interface CommandArguments {
  readonly connectToCluster: [];
  readonly connectToAddress: [];
  readonly startDemo: [];
  readonly disconnect: [];
  readonly observeDrops: [];
  readonly showFlows: [];
  readonly openCapture: [];
  readonly showLog: [];
  /** The document: a Uri from a menu, its text form from a lens, nothing for the active editor's. */
  readonly applyToDemo: [document?: unknown];
  readonly removeFromDemo: [document?: unknown];
  readonly retryNow: [];
  readonly clearFilter: [];
  readonly pauseFlows: [];
  readonly resumeFlows: [];
  readonly showMenu: [];
  readonly showFlowsOfRule: [rule: RuleFilter, label: string];
  readonly showFlowsOfGroup: [selection: FlowSelection, label: string];
}

export type CommandName = keyof CommandArguments;

/** Is a command offered in the palette? The others are run by buttons, lenses and trees. */
export const commandTable: Readonly<Record<CommandName, "palette" | "internal">> = {
  connectToCluster: "palette",
  connectToAddress: "palette",
  startDemo: "palette",
  disconnect: "palette",
  observeDrops: "palette",
  showFlows: "palette",
  openCapture: "palette",
  showLog: "palette",
  applyToDemo: "palette",
  removeFromDemo: "palette",
  clearFilter: "palette",
  pauseFlows: "palette",
  resumeFlows: "palette",
  retryNow: "internal",
  showMenu: "internal",
  showFlowsOfRule: "internal",
  showFlowsOfGroup: "internal",
};
