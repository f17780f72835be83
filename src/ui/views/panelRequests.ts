import { commands, env } from "vscode";
import { assertNever } from "../../base/assertNever.ts";
import type { FlowsPanelRequests, PanelAction } from "../../protocol/flowsPanel.ts";
import { removeSaved } from "../commands/removeSaved.ts";
import type { EngineClient } from "../session/engineClient.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import type { FlowsPanel } from "./flowsPanel.ts";
import type { PanelRequest } from "./panelMessage.ts";

export interface PanelRequestParts {
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly panel: FlowsPanel;
  /** The engine's view that is shown; 0: none. */
  readonly view: number;
}

const actionCommands: Readonly<Record<PanelAction, string>> = {
  connect: "hubbleLens.connectToCluster",
  "connect-address": "hubbleLens.connectToAddress",
  "start-demo": "hubbleLens.startDemo",
  retry: "hubbleLens.retryNow",
  "show-log": "hubbleLens.showLog",
  "open-capture": "hubbleLens.openCapture",
};

/** As many values as anybody looks through before writing another letter. */
const suggestionsAtMost = 50;

/** Does what the panel's page asks, and answers it. */
export async function answerPanel(
  request: PanelRequest,
  { engine, model, panel, view }: PanelRequestParts,
): Promise<FlowsPanelRequests[PanelRequest["name"]]["reply"]> {
  switch (request.name) {
    case "rows":
      if (view === 0) throw new Error("no view is open");
      return await engine.request("rows", { view, ...request.params });
    case "details":
      return await engine.request("details", request.params);
    case "setPaused":
      panel.setPaused(request.params.paused);
      return null;
    case "setFilter":
      return { problems: await panel.setFilter(request.params.text, request.params.settled) };
    case "clearFilter":
      await panel.clearFilter();
      return null;
    case "suggestions":
      // Nothing was seen yet, and looking for it would start the engine.
      if (!model.inUse) return { values: [] };
      return await engine.request("suggestions", { ...request.params, limit: suggestionsAtMost });
    case "addCell": {
      const { negated, ...cell } = request.params;
      const { term } = await engine.request("cellTerm", cell);
      if (term) await panel.addTerms([{ ...term, negated }]);
      return null;
    }
    case "addTerm":
      await panel.addTerms([request.params]);
      return null;
    case "saveFilter":
      await commands.executeCommand("hubbleLens.saveFilter", request.params.text);
      return null;
    case "removeSaved":
      await removeSaved(request.params);
      return null;
    case "runAction":
      await commands.executeCommand(actionCommands[request.params.action]);
      return null;
    case "copy":
      await env.clipboard.writeText(request.params.text);
      return null;
    default:
      return assertNever(request);
  }
}
