import {
  commands,
  env,
  type Uri,
  type Webview,
  type WebviewView,
  type WebviewViewProvider,
  window,
} from "vscode";
import { assertNever } from "../../base/assertNever.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Logger } from "../../base/logger.ts";
import { allFlows, type FlowSelection } from "../../flows/flowFilter.ts";
import type { FlowsPanelRequests, FlowsPanelToWebview, PanelAction } from "../../protocol/flowsPanel.ts";
import type { EngineClient } from "../session/engineClient.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import type { InterestKeeper } from "../session/interestKeeper.ts";
import { capturePath } from "../session/sessionText.ts";
import { setContextKey } from "../vscode/contextKeys.ts";
import { localize } from "../vscode/localize.ts";
import { type PanelRequest, readPanelMessage } from "./panelMessage.ts";
import { panelPage, webviewFolder } from "./panelPage.ts";
import { panelState } from "./panelState.ts";

export interface FlowsPanelParts {
  readonly extensionUri: Uri;
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly interest: InterestKeeper;
  readonly logger: Logger;
}

const viewId = "hubbleLens.flowsPanel";

const actionCommands: Readonly<Record<PanelAction, string>> = {
  connect: "hubbleLens.connectToCluster",
  "connect-address": "hubbleLens.connectToAddress",
  "start-demo": "hubbleLens.startDemo",
  retry: "hubbleLens.retryNow",
  "show-log": "hubbleLens.showLog",
  "open-capture": "hubbleLens.openCapture",
};

/** The panel "Hubble Flows": one live view of the engine, shown by a webview. */
export class FlowsPanel implements WebviewViewProvider, Disposable {
  readonly #parts: FlowsPanelParts;
  readonly #owned = new DisposableStore();
  #webviewView: WebviewView | undefined;
  #selection: FlowSelection = allFlows;
  #filterLabel = "";
  /** The engine's view that is open; 0: none. */
  #view = 0;
  /** The number of the opening under way; 0: none. */
  #opening = 0;
  #openings = 0;
  /** The snapshot that was the newest when the view was opened: later ones must know the view. */
  #openedAt = 0;
  #pausedAt: number | null = null;
  /** Where the flows came from when the view was opened. */
  #source = "";
  #sequence = 0;
  #posted = "";

  constructor(parts: FlowsPanelParts) {
    this.#parts = parts;
    this.#owned.add(window.registerWebviewViewProvider(viewId, this));
    this.#owned.add(
      parts.model.onDidTick(({ source }) => {
        this.#followSource(capturePath(source) ?? JSON.stringify(source));
        this.#openWhenNeeded();
        this.#post();
      }),
    );
  }

  /** Shows the flows of a selection, called `label`; an empty label means that they are all. */
  async show(selection: FlowSelection, label: string): Promise<void> {
    this.#selection = selection;
    this.#filterLabel = label;
    setContextKey("hubbleLens.filtered", label !== "");
    this.setPaused(false);
    this.#reopen();
    await commands.executeCommand(`${viewId}.focus`);
  }

  /** Brings the panel to the front as it is. */
  async reveal(): Promise<void> {
    await commands.executeCommand(`${viewId}.focus`);
  }

  clearFilter(): void {
    if (this.#filterLabel === "") return;
    this.#selection = allFlows;
    this.#filterLabel = "";
    setContextKey("hubbleLens.filtered", false);
    this.setPaused(false);
    this.#reopen();
  }

  /** Lets the table stand still, or shows what came meanwhile. */
  setPaused(paused: boolean): void {
    if (paused === (this.#pausedAt !== null)) return;
    const figures = this.#parts.model.snapshot.views.find(({ view }) => view === this.#view);
    this.#pausedAt = paused ? (figures?.end ?? 0) : null;
    if (this.#view !== 0) this.#tellPaused(this.#view);
    setContextKey("hubbleLens.paused", paused);
    this.#post();
  }

  resolveWebviewView(webviewView: WebviewView): void {
    const { webview } = webviewView;
    this.#webviewView = webviewView;
    webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(this.#parts.extensionUri)] };
    const here = new DisposableStore();
    here.add(
      webview.onDidReceiveMessage((message: unknown) => {
        void this.#receive(webview, message);
      }),
    );
    here.add(
      webviewView.onDidChangeVisibility(() => {
        this.#visibilityChanged(webviewView.visible);
      }),
    );
    webviewView.onDidDispose(() => {
      here.dispose();
      this.#webviewView = undefined;
      this.#visibilityChanged(false);
    });
    webview.html = panelPage(webview, this.#parts.extensionUri);
    this.#visibilityChanged(webviewView.visible);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #visibilityChanged(visible: boolean): void {
    this.#parts.interest.set({ views: visible });
    if (visible) this.#openWhenNeeded();
  }

  /** Flows of another cluster or file are another table. */
  #followSource(source: string): void {
    if (source === this.#source) return;
    this.#source = source;
    this.#pausedAt = null;
    setContextKey("hubbleLens.paused", false);
    if (this.#view !== 0) this.#reopen();
  }

  /** Opens the view once there is something to ask, and again when the engine has lost it (a new session). */
  #openWhenNeeded(): void {
    const { model } = this.#parts;
    if (!model.inUse || this.#opening !== 0 || !this.#webviewView?.visible) return;
    const { views, sequence } = model.snapshot;
    const known = views.some(({ view }) => view === this.#view) || sequence <= this.#openedAt + 1;
    if (this.#view === 0 || !known) this.#reopen();
  }

  #reopen(): void {
    const { engine, model, logger } = this.#parts;
    const old = this.#view;
    this.#view = 0;
    this.#post();
    if (!model.inUse) return;
    const opening = ++this.#openings;
    this.#opening = opening;
    const close = (view: number): void => {
      engine.request("closeView", { view }).catch((error: unknown) => {
        logger.debug("panel", `closeView: ${String(error)}`);
      });
    };
    if (old !== 0) close(old);
    engine.request("openView", { selection: this.#selection }).then(
      ({ view }) => {
        if (this.#opening !== opening) {
          close(view);
          return;
        }
        this.#opening = 0;
        this.#view = view;
        if (this.#pausedAt !== null) this.#tellPaused(view);
        this.#openedAt = model.snapshot.sequence;
      },
      (error: unknown) => {
        if (this.#opening === opening) this.#opening = 0;
        logger.error("panel", `openView: ${String(error)}`);
      },
    );
  }

  /** A view that the engine knows to be paused keeps its rows in their places. */
  #tellPaused(view: number): void {
    const { engine, logger } = this.#parts;
    engine.request("pauseView", { view, paused: this.#pausedAt !== null }).catch((error: unknown) => {
      logger.debug("panel", `pauseView: ${String(error)}`);
    });
  }

  #post(): void {
    const { model } = this.#parts;
    if (!this.#webviewView) return;
    this.#keepPause();
    const panel = { view: this.#view, filterLabel: this.#filterLabel, pausedAt: this.#pausedAt };
    const state = panelState(model.snapshot, panel, Date.now(), localize);
    const text = JSON.stringify(state);
    if (text === this.#posted) return;
    this.#posted = text;
    send(this.#webviewView.webview, { type: "state", state: { sequence: ++this.#sequence, ...state } });
  }

  /** Rows that were paused at and are gone (other flows came, or newer ones took their place): pauses at what is there now. */
  #keepPause(): void {
    const figures = this.#parts.model.snapshot.views.find(({ view }) => view === this.#view);
    if (this.#pausedAt !== null && figures && this.#pausedAt <= figures.first) this.#pausedAt = figures.end;
  }

  async #receive(webview: Webview, message: unknown): Promise<void> {
    const read = readPanelMessage(message);
    switch (read.type) {
      case "ready":
        this.#posted = "";
        this.#post();
        return;
      case "invalid":
        this.#parts.logger.warn("panel", "A message that is not of the contract, or too long, was refused.");
        if (read.id !== undefined)
          send(webview, { type: "failure", id: read.id, message: "invalid request" });
        return;
      case "request":
        try {
          send(webview, { type: "reply", id: read.id, result: await this.#answer(read.request) });
        } catch (error) {
          const text = error instanceof Error ? error.message : String(error);
          this.#parts.logger.warn("panel", `${read.request.name}: ${text}`);
          send(webview, { type: "failure", id: read.id, message: text });
        }
        return;
      default:
        assertNever(read);
    }
  }

  async #answer(request: PanelRequest): Promise<FlowsPanelRequests[PanelRequest["name"]]["reply"]> {
    const { engine } = this.#parts;
    switch (request.name) {
      case "rows":
        if (this.#view === 0) throw new Error("no view is open");
        return await engine.request("rows", { view: this.#view, ...request.params });
      case "details":
        return await engine.request("details", request.params);
      case "setPaused":
        this.setPaused(request.params.paused);
        return null;
      case "clearFilter":
        this.clearFilter();
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
}

function send(webview: Webview, message: FlowsPanelToWebview): void {
  void webview.postMessage(message);
}
