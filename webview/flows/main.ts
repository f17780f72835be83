import type { FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";
import "./flows.css";
import { FlowsApp } from "./flowsApp.ts";
import { connectPanelHost } from "./panelHost.ts";

function start(): void {
  const app = document.querySelector("flows-app");
  const texts = document.body.dataset["texts"];
  if (!(app instanceof FlowsApp) || texts === undefined) return;
  // Written by the extension into its own page.
  app.texts = JSON.parse(texts) as FlowsPanelTexts;
  app.host = connectPanelHost(acquireVsCodeApi(), (state) => {
    app.state = state;
  });
}

start();
