import type { FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";
import "./flows.css";
import "./detailsPane.css";
import { FlowsApp } from "./flowsApp.ts";
import { readGridPlace } from "./gridPlace.ts";
import { connectPanelHost } from "./panelHost.ts";

function start(): void {
  const app = document.querySelector("flows-app");
  const texts = document.body.dataset["texts"];
  if (!(app instanceof FlowsApp) || texts === undefined) return;
  // Written by the extension into its own page.
  app.texts = JSON.parse(texts) as FlowsPanelTexts;
  const api = acquireVsCodeApi();
  app.memory = {
    kept: readGridPlace(api.getState()),
    keep: (place) => {
      api.setState(place);
    },
  };
  app.host = connectPanelHost(api, (state) => {
    app.state = state;
  });
}

start();
