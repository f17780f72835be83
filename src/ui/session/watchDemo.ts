import { commands } from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Log } from "../vscode/createLog.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { DemoCluster } from "./demoCluster.ts";
import type { HubbleModel } from "./hubbleModel.ts";
import type { Session } from "./session.ts";

/**
 * Tells the engine which policies the demo cluster has in force, and the person when it is gone; ends it once the session
 * has left it for a capture.
 */
export function watchDemo(
  { demo, session, model }: { demo: DemoCluster; session: Session; model: HubbleModel },
  log: Log,
): Disposable {
  const owned = new DisposableStore();
  let connectedTo = "";
  owned.add(
    model.onDidChange(({ state }) => {
      if (state.name !== "idle") connectedTo = state.target.kind === "demo" ? state.target.address : "";
      else if (connectedTo !== "" && connectedTo === demo.address) void demo.stop();
    }),
  );
  owned.add(
    demo.onPolicies((texts) => {
      session.setApplied(texts).catch((error: unknown) => {
        log.warn("demo", `setApplied: ${String(error)}`);
      });
    }),
  );
  owned.add(
    demo.onCrash((error) => {
      session.disconnect().catch((failure: unknown) => {
        log.warn("demo", `disconnect: ${String(failure)}`);
      });
      showError(log, t("The demo cluster ended unexpectedly."), error, [
        { label: t("Start Again"), run: () => commands.executeCommand("hubbleLens.startDemo") },
      ]);
    }),
  );
  return owned;
}
