import type { FlowsPanelRequestName, FlowsPanelRequests, PanelAction } from "../../protocol/flowsPanel.ts";

/** The most rows that one request may ask for. */
export const maxRowsPerRequest = 1000;
/** The longest text that is copied: an event of the 4 MiB that gRPC sends by default, indented, is shorter. */
const maxCopyLength = 32_000_000;

const actions: readonly string[] = [
  "connect",
  "connect-address",
  "start-demo",
  "retry",
  "show-log",
  "open-capture",
] satisfies readonly PanelAction[];

/** A request of the webview whose parameters have been checked. */
export type PanelRequest = {
  [Name in FlowsPanelRequestName]: {
    readonly name: Name;
    readonly params: FlowsPanelRequests[Name]["params"];
  };
}[FlowsPanelRequestName];

/** What a webview sent, once it is known to be that. `invalid` still answers the caller. */
export type PanelMessage =
  | { readonly type: "ready" }
  | { readonly type: "request"; readonly id: number; readonly request: PanelRequest }
  | { readonly type: "invalid"; readonly id: number | undefined };

/** Reads what came from the webview; never trusts, never throws. */
export function readPanelMessage(message: unknown): PanelMessage {
  if (!isRecord(message)) return { type: "invalid", id: undefined };
  if (message["type"] === "ready") return { type: "ready" };
  const id = message["id"];
  if (message["type"] !== "request" || !isCount(id)) return { type: "invalid", id: undefined };
  const request = readRequest(message["name"], message["params"]);
  return request ? { type: "request", id, request } : { type: "invalid", id };
}

function readRequest(name: unknown, params: unknown): PanelRequest | undefined {
  switch (name) {
    case "rows": {
      if (!isRecord(params)) return undefined;
      const { from, count } = params;
      if (!isCount(from) || !isCount(count) || count > maxRowsPerRequest) return undefined;
      return { name, params: { from, count } };
    }
    case "details":
      return isRecord(params) && isCount(params["row"])
        ? { name, params: { row: params["row"] } }
        : undefined;
    case "setPaused": {
      const paused = isRecord(params) ? params["paused"] : undefined;
      return typeof paused === "boolean" ? { name, params: { paused } } : undefined;
    }
    case "clearFilter":
      return { name, params: null };
    case "runAction": {
      const action = isRecord(params) ? params["action"] : undefined;
      return isAction(action) ? { name, params: { action } } : undefined;
    }
    case "copy": {
      const text = isRecord(params) ? params["text"] : undefined;
      return typeof text === "string" && text.length <= maxCopyLength
        ? { name, params: { text } }
        : undefined;
    }
    default:
      return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isAction(value: unknown): value is PanelAction {
  return typeof value === "string" && actions.includes(value);
}
