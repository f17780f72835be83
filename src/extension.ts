import { join } from "node:path";
import { commands, type ExtensionContext, workspace } from "vscode";
import { EngineProxy } from "./engine/engineProxy.ts";
import { openDropped } from "./ui/commands/openAsCapture.ts";
import { registerCommands } from "./ui/commands/registerCommands.ts";
import { startDemo } from "./ui/commands/startDemo.ts";
import { registerCodeLens } from "./ui/editor/codeLens.ts";
import { registerPolicyLanguage } from "./ui/editor/policyLanguage.ts";
import { PolicyDocuments } from "./ui/editor/policyDocuments.ts";
import { announceFailures } from "./ui/session/announceFailures.ts";
import { DemoCluster } from "./ui/session/demoCluster.ts";
import { FilterHistory } from "./ui/session/filterHistory.ts";
import { HubbleModel } from "./ui/session/hubbleModel.ts";
import { InterestKeeper } from "./ui/session/interestKeeper.ts";
import { publishContextKeys } from "./ui/session/publishContextKeys.ts";
import { Session } from "./ui/session/session.ts";
import { watchDemo } from "./ui/session/watchDemo.ts";
import { CaptureEditor } from "./ui/views/captureEditor.ts";
import { ClusterTree } from "./ui/views/clusterTree.ts";
import { FlowsPanel } from "./ui/views/flowsPanel.ts";
import { FlowsTree } from "./ui/views/flowsTree.ts";
import { showStatusBar } from "./ui/views/statusBar.ts";
import { createLog } from "./ui/vscode/createLog.ts";
import { engineSettingKeys, engineSettings, onSettingsChange, readSetting } from "./ui/vscode/settings.ts";

let end: (() => Promise<void>) | undefined;

/** Builds everything and wires it; nothing starts until somebody connects. */
export function activate(context: ExtensionContext): void {
  const { subscriptions, extensionUri, extensionPath, workspaceState } = context;
  const own = <T extends { dispose(): unknown }>(disposable: T): T => {
    subscriptions.push(disposable);
    return disposable;
  };
  const dist = join(extensionPath, "dist");
  const log = own(createLog());
  const engine = own(new EngineProxy(join(dist, "engineWorker.js"), log));
  const demo = own(new DemoCluster(join(dist, "demoRelay.js"), log));
  const model = own(new HubbleModel(engine.onSnapshot));
  const interest = own(new InterestKeeper(engine, log));
  const session = new Session({
    ...{ engine, model, interest, demo, logger: log },
    settings: { engine: engineSettings, demoFlowsPerSecond: () => readSetting("demo.flowsPerSecond") },
    showFlows: () => commands.executeCommand("hubbleLens.flows.focus", { preserveFocus: true }),
  });
  const prepare = () => {
    session.prepare().catch((error: unknown) => {
      log.error("settings", String(error));
    });
  };
  const documents = own(new PolicyDocuments({ engine, model, interest, logger: log, prepare }));
  const history = own(new FilterHistory(workspaceState));
  const panel = own(new FlowsPanel({ extensionUri, engine, model, interest, history, logger: log }));
  own(new ClusterTree(model));
  own(showStatusBar(model, interest));
  own(registerCodeLens(documents, model));
  own(registerPolicyLanguage({ documents, engine, logger: log }));
  own(publishContextKeys(model));
  own(announceFailures(model, log));
  own(watchDemo({ demo, session, model }, log));
  const parts = { log, engine, model, session, demo, panel };
  own(registerCommands(parts));
  own(new FlowsTree(model, interest, (uris) => openDropped(parts, uris)));
  own(new CaptureEditor({ model, open: (file) => openDropped(parts, [file]) }));
  own(
    onSettingsChange(engineSettingKeys, () => {
      session.reconfigure().catch((error: unknown) => {
        log.error("settings", String(error));
      });
    }),
  );
  end = async () => {
    await Promise.allSettled([demo.stop(), engine.dispose()]);
  };
  const startByItself = (): void => {
    if (workspace.isTrusted && readSetting("demo.autoStart")) void startDemo(parts);
  };
  own(workspace.onDidGrantWorkspaceTrust(startByItself));
  startByItself();
}

/** Ends the worker and the demo cluster before the extension host goes. */
export async function deactivate(): Promise<void> {
  await end?.();
}
