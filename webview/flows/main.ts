import type { FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";
import "./flows.css";
import "./detailsPane.css";
import "./filter/filterLine.css";
import "./filter/filterPopup.css";
import { FlowsApp } from "./flowsApp.ts";
import { openPageMemory } from "./pageMemory.ts";
import { connectPanelHost } from "./panelHost.ts";

function start(): void {
  const app = document.querySelector("flows-app");
  const texts = document.body.dataset["texts"];
  if (!(app instanceof FlowsApp) || texts === undefined) return;
  // Written by the extension into its own page.
  app.texts = JSON.parse(texts) as FlowsPanelTexts;
  const api = acquireVsCodeApi();
  app.memory = openPageMemory(api);
  app.host = connectPanelHost(api, {
    state: (state) => {
      app.state = state;
    },
    lists: (lists) => {
      app.lists = lists;
    },
    draft: (text) => {
      app.showDraft(text);
    },
    focusFilter: () => {
      app.focusFilter();
    },
  });
}

start();
