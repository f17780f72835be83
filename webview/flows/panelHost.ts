import type { FilterLists } from "../../src/protocol/filterLine.ts";
import type {
  FlowsPanelRequestName,
  FlowsPanelRequests,
  FlowsPanelState,
  FlowsPanelToHost,
  FlowsPanelToWebview,
} from "../../src/protocol/flowsPanel.ts";

/** The extension, as the webview sees it. */
export interface PanelHost {
  /** Rejects when the extension could not answer. */
  request<Name extends FlowsPanelRequestName>(
    name: Name,
    params: FlowsPanelRequests[Name]["params"],
  ): Promise<FlowsPanelRequests[Name]["reply"]>;
}

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** What the extension tells by itself. */
export interface PanelListener {
  /** Called with each state that is newer than the last. */
  state(state: FlowsPanelState): void;
  lists(lists: FilterLists): void;
  draft(text: string): void;
  focusFilter(): void;
}

/** Begins to talk with the extension. */
export function connectPanelHost(
  api: { postMessage(message: FlowsPanelToHost): void },
  listener: PanelListener,
): PanelHost {
  const pending = new Map<number, Pending>();
  let nextId = 1;
  let sequence = 0;
  window.addEventListener("message", ({ data }: MessageEvent<FlowsPanelToWebview>) => {
    switch (data.type) {
      case "state":
        if (data.state.sequence <= sequence) return;
        sequence = data.state.sequence;
        listener.state(data.state);
        return;
      case "lists":
        listener.lists(data.lists);
        return;
      case "draft":
        listener.draft(data.text);
        return;
      case "focus-filter":
        listener.focusFilter();
        return;
      case "reply":
        pending.get(data.id)?.resolve(data.result);
        pending.delete(data.id);
        return;
      case "failure":
        pending.get(data.id)?.reject(new Error(data.message));
        pending.delete(data.id);
        return;
    }
  });
  api.postMessage({ type: "ready" });
  return {
    request: (name, params) => {
      return new Promise((resolve, reject) => {
        const id = nextId++;
        pending.set(id, {
          // The reply's type belongs to the request's name: the contract of both ends.
          resolve: (result) => {
            resolve(result as FlowsPanelRequests[typeof name]["reply"]);
          },
          reject,
        });
        api.postMessage({ type: "request", id, name, params });
      });
    },
  };
}
