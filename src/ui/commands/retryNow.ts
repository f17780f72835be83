import { commands } from "vscode";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";

/** Tries a lost or failed connection again at once. */
export async function retryNow(parts: CommandParts): Promise<void> {
  try {
    await parts.session.retry(new AbortController().signal);
  } catch (error) {
    showError(parts.log, t("The connection could not be tried again."), error, [
      { label: t("Retry"), run: () => commands.executeCommand("hubbleLens.retryNow") },
    ]);
  }
}
