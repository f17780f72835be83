import { commands } from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { Log } from "../vscode/createLog.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { HubbleModel } from "./hubbleModel.ts";
import { targetDescription } from "./sessionText.ts";

/** Shows each failure of the session once, with ways out, and logs each lost connection once. */
export function announceFailures(model: HubbleModel, log: Log): Disposable {
  let announcedMs = 0;
  return model.onDidChange(({ state }) => {
    if (state.name !== "failed" && state.name !== "waiting") return;
    const { failure } = state;
    if (failure.atMs === announcedMs) return;
    announcedMs = failure.atMs;
    const detail = `${failure.kind}: ${failure.message} (${failure.cause})`;
    if (state.name === "waiting") {
      log.warn("session", detail);
      return;
    }
    log.error("session", detail);
    showError(log, t("Not connected to {0}.", targetDescription(state.target, t)), failure.message, [
      { label: t("Retry"), run: () => commands.executeCommand("hubbleLens.retryNow") },
      { label: t("Choose Cluster"), run: () => commands.executeCommand("hubbleLens.connectToCluster") },
    ]);
  });
}
