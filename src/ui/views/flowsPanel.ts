import { commands, type Uri, type Webview, type WebviewView, type WebviewViewProvider, window } from "vscode";
import { assertNever } from "../../base/assertNever.ts";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { Logger } from "../../base/logger.ts";
import type { Problem } from "../../base/problem.ts";
import type { TermText } from "../../flows/language/filterTerm.ts";
import type { FlowsPanelToWebview } from "../../protocol/flowsPanel.ts";
import type { EngineClient } from "../session/engineClient.ts";
import type { FilterHistory } from "../session/filterHistory.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import type { InterestKeeper } from "../session/interestKeeper.ts";
import { onSavedFiltersChange, savedFilters } from "../session/savedFilters.ts";
import { capturePath } from "../session/sessionText.ts";
import { setContextKey } from "../vscode/contextKeys.ts";
import { localize } from "../vscode/localize.ts";
import { FlowsView } from "./flowsView.ts";
import { readPanelMessage } from "./panelMessage.ts";
import { panelPage, webviewFolder } from "./panelPage.ts";
import { answerPanel } from "./panelRequests.ts";
import { panelState } from "./panelState.ts";

export interface FlowsPanelParts {
  readonly extensionUri: Uri;
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly interest: InterestKeeper;
  readonly history: FilterHistory;
  readonly logger: Logger;
}

const viewId = "hubbleLens.flowsPanel";

/** The panel "Hubble Flows": one live view of the engine, chosen by a filter text and shown by a webview. */
export class FlowsPanel implements WebviewViewProvider, Disposable {
  readonly #parts: FlowsPanelParts;
  readonly #owned = new DisposableStore();
  readonly #flows: FlowsView;
  #webviewView: WebviewView | undefined;
  /** Has the page said that it listens? What is sent before is lost. */
  #listens = false;
  /** Sent to the page once it listens: of each kind the last. */
  #waiting: FlowsPanelToWebview[] = [];
  /** Where the flows came from when the view was opened. */
  #source = "";
  #sequence = 0;
  #posted = "";

  constructor(parts: FlowsPanelParts) {
    this.#parts = parts;
    const { engine, model, logger, history } = parts;
    const changed = (): void => {
      this.#changed();
    };
    this.#flows = new FlowsView({
      ...{ engine, model, logger },
      onChange: changed,
      onRefused: (filter) => {
        this.#send({ type: "draft", text: filter });
      },
    });
    const tellLists = (): void => {
      this.#postLists();
    };
    this.#owned.add(history.onDidChange(tellLists));
    this.#owned.add(onSavedFiltersChange(tellLists));
    this.#owned.add(window.registerWebviewViewProvider(viewId, this));
    this.#owned.add(
      model.onDidTick(({ source }) => {
        this.#followSource(capturePath(source) ?? JSON.stringify(source));
        this.#flows.follow();
        if (this.#webviewView?.visible) this.#flows.openWhenNeeded();
        this.#changed();
      }),
    );
  }

  /** The filter by which the rows are chosen; empty: all are shown. */
  get filter(): string {
    return this.#flows.filter;
  }

  /** The engine's view that is shown; 0: none. */
  get view(): number {
    return this.#flows.view;
  }

  /** The filters that were used, the newest first. */
  get recentFilters(): readonly string[] {
    return this.#parts.history.entries;
  }

  /** Shows the flows of a filter and brings the panel to the front; a filter that cannot be applied is put into its line. */
  async show(filter: string): Promise<void> {
    this.#flows.setPaused(false);
    await this.setFilter(filter, true);
    // Also when the rows are chosen by it already: something else may be written in the line.
    this.#send({ type: "draft", text: filter });
    await this.reveal();
  }

  /** Brings the panel to the front as it is. */
  async reveal(): Promise<void> {
    await commands.executeCommand(`${viewId}.focus`);
  }

  /** Brings the panel to the front and the cursor into its filter line. */
  async focusFilter(): Promise<void> {
    await this.reveal();
    this.#send({ type: "focus-filter" });
  }

  /** Shows the flows of a filter; answers what is wrong with it. `settled`: it is worth remembering. */
  async setFilter(filter: string, settled: boolean): Promise<readonly Problem[]> {
    const problems = await this.#flows.setFilter(filter);
    if (settled && !hasError(problems)) this.#parts.history.add(filter);
    return problems;
  }

  async clearFilter(): Promise<void> {
    await this.setFilter("", false);
  }

  /** Adds terms to the filter: those that are in it already change nothing. */
  async addTerms(terms: readonly TermText[]): Promise<void> {
    const { filter } = await this.#parts.engine.request("addTerms", { filter: this.filter, terms });
    await this.show(filter);
  }

  /** Lets the table stand still, or shows what came meanwhile. */
  setPaused(paused: boolean): void {
    this.#flows.setPaused(paused);
  }

  resolveWebviewView(webviewView: WebviewView): void {
    const { webview } = webviewView;
    this.#webviewView = webviewView;
    this.#listens = false;
    webview.options = { enableScripts: true, localResourceRoots: [webviewFolder(this.#parts.extensionUri)] };
    const here = new DisposableStore();
    here.add(
      webview.onDidReceiveMessage((message: unknown) => {
        void this.#receive(webview, message);
      }),
    );
    here.add(
      webviewView.onDidChangeVisibility(() => {
        if (!webviewView.visible) this.#listens = false;
        this.#visibilityChanged(webviewView.visible);
      }),
    );
    webviewView.onDidDispose(() => {
      here.dispose();
      this.#webviewView = undefined;
      this.#listens = false;
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
    if (visible) this.#flows.openWhenNeeded();
  }

  /** Flows of another cluster or file are another table. */
  #followSource(source: string): void {
    if (source === this.#source) return;
    this.#source = source;
    this.#flows.restart();
  }

  #changed(): void {
    setContextKey("hubbleLens.filtered", this.#flows.filter !== "");
    setContextKey("hubbleLens.paused", this.#flows.pausedAt !== null);
    this.#post();
  }

  #post(): void {
    if (!this.#listens) return;
    const { view, filter, pausedAt } = this.#flows;
    const { snapshot, beginning } = this.#parts.model;
    const state = panelState({ ...snapshot, beginning }, { view, filter, pausedAt }, Date.now(), localize);
    const text = JSON.stringify(state);
    if (text === this.#posted) return;
    this.#posted = text;
    this.#send({ type: "state", state: { sequence: ++this.#sequence, ...state } });
  }

  #postLists(): void {
    if (!this.#listens) return;
    this.#send({ type: "lists", lists: { recent: this.#parts.history.entries, saved: savedFilters() } });
  }

  #send(message: FlowsPanelToWebview): void {
    if (this.#listens && this.#webviewView) send(this.#webviewView.webview, message);
    else this.#waiting = [...this.#waiting.filter(({ type }) => type !== message.type), message];
  }

  /** The page begins to listen: the first time, and again whenever it was hidden and is shown. */
  #begin(): void {
    this.#listens = true;
    this.#posted = "";
    this.#postLists();
    this.#post();
    for (const message of this.#waiting.splice(0)) this.#send(message);
  }

  async #receive(webview: Webview, message: unknown): Promise<void> {
    const { logger } = this.#parts;
    const read = readPanelMessage(message);
    switch (read.type) {
      case "ready":
        this.#begin();
        return;
      case "invalid":
        logger.warn("panel", "A message that is not of the contract, or too long, was refused.");
        if (read.id !== undefined)
          send(webview, { type: "failure", id: read.id, message: "invalid request" });
        return;
      case "request":
        try {
          const result = await answerPanel(read.request, {
            ...this.#parts,
            panel: this,
            view: this.#flows.view,
          });
          send(webview, { type: "reply", id: read.id, result });
        } catch (error) {
          const text = error instanceof Error ? error.message : String(error);
          logger.warn("panel", `${read.request.name}: ${text}`);
          send(webview, { type: "failure", id: read.id, message: text });
        }
        return;
      default:
        assertNever(read);
    }
  }
}

function send(webview: Webview, message: FlowsPanelToWebview): void {
  void webview.postMessage(message);
}

function hasError(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}
