import { commands } from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { Log } from "../vscode/createLog.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import { FailureNews } from "./failureNews.ts";
import type { HubbleModel } from "./hubbleModel.ts";
import { targetDescription } from "./sessionText.ts";

/** Shows each failure of the session once, with ways out, and logs each outage once. */
export function announceFailures(model: HubbleModel, log: Log): Disposable {
  const news = new FailureNews();
  return model.onDidChange(({ state }) => {
    const weight = news.update(state);
    if (weight === undefined || (state.name !== "failed" && state.name !== "waiting")) return;
    const { failure, target } = state;
    const detail = `${failure.kind}: ${failure.message} (${failure.cause})`;
    switch (weight) {
      case "detail":
        log.debug("session", detail);
        return;
      case "warning":
        log.warn("session", detail);
        return;
      case "show":
        log.error("session", detail);
        showError(log, t("Not connected to {0}.", targetDescription(target, t)), failure.message, [
          { label: t("Retry"), run: () => commands.executeCommand("hubbleLens.retryNow") },
          { label: t("Choose Cluster"), run: () => commands.executeCommand("hubbleLens.connectToCluster") },
        ]);
        return;
    }
  });
}
