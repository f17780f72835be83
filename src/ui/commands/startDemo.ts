import { commands } from "vscode";
import { cancellableProgress } from "../vscode/cancellableProgress.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Start Demo Cluster*: starts it, afresh when one runs, and connects to it. */
export async function startDemo(parts: CommandParts): Promise<void> {
  try {
    await cancellableProgress(t("Starting the demo cluster"), (signal) => parts.session.startDemo(signal));
  } catch (error) {
    showError(parts.log, t("The demo cluster did not start."), error, [
      { label: t("Retry"), run: () => commands.executeCommand("hubbleLens.startDemo") },
    ]);
  }
}
