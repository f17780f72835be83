import type { EngineClient } from "../session/engineClient.ts";
import type { DemoCluster } from "../session/demoCluster.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import type { Session } from "../session/session.ts";
import type { FlowsPanel } from "../views/flowsPanel.ts";
import type { Log } from "../vscode/createLog.ts";

/** What commands work with. */
export interface CommandParts {
  readonly log: Log;
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly session: Session;
  readonly demo: DemoCluster;
  readonly panel: FlowsPanel;
}
