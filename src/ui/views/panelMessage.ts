import type { TermText } from "../../flows/language/filterTerm.ts";
import type { SuggestionKind } from "../../flows/language/suggestionKind.ts";
import { maxFilterLength, type SavedFilter } from "../../protocol/filterLine.ts";
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
    case "setFilter": {
      if (!isRecord(params)) return undefined;
      const { text, settled } = params;
      return isFilterText(text) && typeof settled === "boolean"
        ? { name, params: { text, settled } }
        : undefined;
    }
    case "clearFilter":
      return { name, params: null };
    case "suggestions": {
      if (!isRecord(params)) return undefined;
      const { kind, prefix } = params;
      // The engine knows no value of a kind that is none.
      return isShortText(kind) && isFilterText(prefix)
        ? { name, params: { kind: kind as SuggestionKind, prefix } }
        : undefined;
    }
    case "addCell": {
      if (!isRecord(params)) return undefined;
      const { row, column, negated } = params;
      return isCount(row) && isShortText(column) && typeof negated === "boolean"
        ? { name, params: { row, column, negated } }
        : undefined;
    }
    case "addTerm": {
      const term = readTerm(params);
      return term && { name, params: term };
    }
    case "saveFilter": {
      const text = isRecord(params) ? params["text"] : undefined;
      return isFilterText(text) ? { name, params: { text } } : undefined;
    }
    case "removeSaved": {
      const saved = readSaved(params);
      return saved && { name, params: saved };
    }
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

/** A term as a menu or a button gives it; `undefined` for what is none. */
export function readTerm(value: unknown): TermText | undefined {
  if (!isRecord(value)) return undefined;
  const { flag, negated, value: text } = value;
  if (!isShortText(flag) || typeof negated !== "boolean") return undefined;
  return text === undefined || isFilterText(text) ? { flag, negated, value: text } : undefined;
}

function readSaved(value: unknown): SavedFilter | undefined {
  if (!isRecord(value)) return undefined;
  const { name, text, scope } = value;
  if (typeof name !== "string" || !isFilterText(text)) return undefined;
  return scope === "workspace" || scope === "user" ? { name, text, scope } : undefined;
}

function isFilterText(value: unknown): value is string {
  return typeof value === "string" && value.length <= maxFilterLength;
}

/** A name of ours: a column or a flag. */
function isShortText(value: unknown): value is string {
  return typeof value === "string" && value.length <= 100;
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
