import { commands, ProgressLocation, window } from "vscode";
import { localize as t } from "../vscode/localize.ts";
import { CancelledError, showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Start Demo Cluster*: starts it, afresh when one runs, and connects to it. */
export async function startDemo(parts: CommandParts): Promise<void> {
  try {
    await withDemoProgress((signal) => parts.session.startDemo(signal));
  } catch (error) {
    showError(parts.log, t("The demo cluster did not start."), error, [
      { label: t("Retry"), run: () => commands.executeCommand("hubbleLens.startDemo") },
    ]);
  }
}

/** Runs work that may start the demo cluster, which takes a moment; the person sees that and can end it. */
export async function withDemoProgress(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await window.withProgress(
    { location: ProgressLocation.Window, title: t("Starting the demo cluster") },
    async (_progress, token) => {
      const abort = new AbortController();
      const cancelled = token.onCancellationRequested(() => {
        abort.abort(new CancelledError());
      });
      try {
        await work(abort.signal);
      } finally {
        cancelled.dispose();
      }
    },
  );
}
