import { env, window } from "vscode";
import { localize as t } from "../vscode/localize.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Copy as hubble Command*: the command line that shows the panel's flows in a terminal. */
export async function copyAsHubbleCommand({ engine, panel }: CommandParts): Promise<void> {
  const { command, cannotSay } = await engine.request("hubbleCommand", { filter: panel.filter });
  await copy(command, t("Copied: {0}", command), cannotSay);
}

/** *Copy as hubble JSON*: the filters as a relay is asked, for `--allowlist`, `--denylist` and Hubble's exporters. */
export async function copyAsHubbleJson({ engine, panel }: CommandParts): Promise<void> {
  const { text, cannotSay } = await engine.request("rawFilters", { filter: panel.filter });
  await copy(text, t("Copied the filters as JSON."), cannotSay);
}

/** What could not be said is named where it cannot be missed; else a word in the status bar is enough. */
async function copy(text: string, done: string, cannotSay: readonly string[]): Promise<void> {
  await env.clipboard.writeText(text);
  if (cannotSay.length === 0) {
    window.setStatusBarMessage(done, 5000);
    return;
  }
  void window.showWarningMessage(
    t("Copied, but without what the hubble command cannot say: {0}.", cannotSay.join("; ")),
  );
}
