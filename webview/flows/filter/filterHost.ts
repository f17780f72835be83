import type { Problem } from "../../../src/base/problem.ts";
import type { SavedFilter } from "../../../src/protocol/filterLine.ts";
import type { SeenValue } from "../../../src/protocol/flowsPanel.ts";
import type { PanelHost } from "../panelHost.ts";
import type { Completions } from "./completion.ts";

/** What the filter line asks of the extension. */
export interface FilterHost {
  /** Answers what is wrong with the text as far as only the extension can tell. */
  apply(text: string, settled: boolean): Promise<readonly Problem[]>;
  seen(wanted: NonNullable<Completions["wanted"]>): Promise<readonly SeenValue[]>;
  save(text: string): void;
  removeSaved(saved: SavedFilter): void;
}

/** The extension, as the filter line sees it; `send` takes requests whose failing the extension itself shows. */
export function filterHost(host: PanelHost, send: (request: Promise<unknown>) => void): FilterHost {
  return {
    apply: async (text, settled) => (await host.request("setFilter", { text, settled })).problems,
    seen: async (wanted) => (await host.request("suggestions", wanted)).values,
    save: (text) => {
      send(host.request("saveFilter", { text }));
    },
    removeSaved: (saved) => {
      send(host.request("removeSaved", saved));
    },
  };
}
