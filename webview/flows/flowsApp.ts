import { html, LitElement, nothing, type TemplateResult } from "lit";
import "@vscode-elements/elements/dist/vscode-button/index.js";
import type { FlowsPanelState, FlowsPanelTexts, PanelAction } from "../../src/protocol/flowsPanel.ts";
import { fillText } from "../shared/fillText.ts";
import "./detailsPane.ts";
import type { DetailsState } from "./detailsPane.ts";
import "./flowGrid.ts";
import type { FlowGrid } from "./flowGrid.ts";
import type { GridPlace } from "./gridPlace.ts";
import type { PanelHost } from "./panelHost.ts";

/** The whole panel: what is shown and how much, the table, and the details of one row. */
export class FlowsApp extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    texts: { attribute: false },
    details: { state: true },
  };

  declare state: FlowsPanelState | undefined;
  declare texts: FlowsPanelTexts;
  declare details: DetailsState | undefined;
  declare host: PanelHost;
  /** Keeps where the table stands while the page is not shown. */
  declare memory: { readonly kept: GridPlace | undefined; keep(place: GridPlace): void };
  #openNumber: number | undefined;

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override willUpdate(changed: Map<PropertyKey, unknown>): void {
    const before = changed.get("state");
    if (!changed.has("state") || !this.state) return;
    const beforeView = (before as FlowsPanelState | undefined)?.view;
    if (beforeView !== undefined && beforeView !== this.state.view) this.#closeDetails();
  }

  override render(): TemplateResult | typeof nothing {
    const state = this.state;
    if (!state) return nothing;
    const isEmpty = state.end === state.first;
    return html`
      ${this.#toolbar(state)}
      ${state.banner ? this.#banner(state.banner) : nothing}
      <main class="body" @keydown=${this.#onKey}>
        <flow-grid
          class=${isEmpty ? "hidden" : ""}
          .state=${state}
          .texts=${this.texts}
          .fetchRows=${(from: number, count: number) => this.host.request("rows", { from, count })}
          @flow-open=${this.#open}
          .resumeAt=${this.memory.kept}
          @flow-active=${this.#activeMoved}
          @flow-place=${this.#keepPlace}
          @flow-follow=${() => {
            this.requestUpdate();
          }}
        ></flow-grid>
        ${isEmpty ? this.#empty(state.empty) : nothing}
        ${
          this.details && !isEmpty
            ? html`<details-pane
                .content=${this.details}
                .texts=${this.texts}
                @details-close=${this.#closeAndFocus}
                .copyText=${(text: string) => this.host.request("copy", { text })}
              ></details-pane>`
            : nothing
        }
      </main>
      <div class="visually-hidden" role="status">${state.banner?.message ?? (isEmpty ? state.empty.message : state.filterLabel)}</div>
    `;
  }

  #toolbar(state: FlowsPanelState): TemplateResult | typeof nothing {
    if (state.figures === "" && state.filterLabel === "") return nothing;
    const following = this.#grid?.following ?? true;
    const held =
      state.heldBack > 0 ? ` · ${fillText(this.texts.heldBack, state.heldBack.toLocaleString("en-US"))}` : "";
    return html`<header class="toolbar">
      ${
        state.filterLabel === ""
          ? nothing
          : html`<span class="filter">
              <span class="codicon codicon-filter" aria-hidden="true"></span>
              <span class="label" title=${state.filterLabel}>${state.filterLabel}</span>
              <button class="icon" title=${this.texts.clearFilter} aria-label=${this.texts.clearFilter} @click=${() => {
                this.#send(this.host.request("clearFilter", null));
              }}><span class="codicon codicon-close" aria-hidden="true"></span></button>
            </span>`
      }
      <span class="figures" title=${state.figures}>${state.figures}</span>
      <button class="toggle pause" aria-pressed=${state.paused} title=${state.paused ? this.texts.resume : this.texts.pause}
        @click=${() => {
          this.#send(this.host.request("setPaused", { paused: !state.paused }));
        }}>
        <span class="codicon codicon-debug-${state.paused ? "continue" : "pause"}" aria-hidden="true"></span>
        <span class="word">${state.paused ? this.texts.resume : this.texts.pause}${held}</span>
      </button>
      <button class="toggle follow" aria-pressed=${following} title=${this.texts.newest} @click=${() => this.#grid?.follow()}>
        <span class="codicon codicon-arrow-up" aria-hidden="true"></span>
        <span class="word">${this.texts.follow}</span>
      </button>
    </header>`;
  }

  #banner(banner: NonNullable<FlowsPanelState["banner"]>): TemplateResult {
    return html`<div class="banner">
      <span class="codicon codicon-warning" aria-hidden="true"></span>
      <span class="message">${banner.message}</span>
      ${banner.actions.map(({ label, action }) => this.#link(label, action))}
    </div>`;
  }

  #empty({ message, actions }: FlowsPanelState["empty"]): TemplateResult {
    const [primary, ...others] = actions;
    return html`<div class="empty">
      <p>${message}</p>
      ${
        primary
          ? html`<vscode-button @click=${() => {
              this.#run(primary.action);
            }}>${primary.label}</vscode-button>`
          : nothing
      }
      ${others.length > 0 ? html`<p class="others">${others.map(({ label, action }) => this.#link(label, action))}</p>` : nothing}
    </div>`;
  }

  #link(label: string, action: PanelAction | "clear-filter"): TemplateResult {
    return html`<button class="link" @click=${() => {
      this.#run(action);
    }}>${label}</button>`;
  }

  get #grid(): FlowGrid | null {
    return this.querySelector("flow-grid");
  }

  #run(action: PanelAction | "clear-filter"): void {
    this.#send(
      action === "clear-filter"
        ? this.host.request("clearFilter", null)
        : this.host.request("runAction", { action }),
    );
  }

  /** The extension shows and logs what fails there; here nothing is left to do. */
  #send(request: Promise<unknown>): void {
    request.catch((error: unknown) => {
      this.dispatchEvent(new CustomEvent("request-failed", { detail: error }));
    });
  }

  readonly #open = (): void => {
    void this.#showActive();
  };

  readonly #keepPlace = (): void => {
    const place = this.#grid?.place;
    if (place && place.view !== 0) this.memory.keep(place);
  };

  /** Moving along the rows takes an open details pane along. */
  readonly #activeMoved = (): void => {
    if (this.details) void this.#showActive();
  };

  async #showActive(): Promise<void> {
    const number = this.#grid?.activeNumber;
    const row = number === undefined ? undefined : this.#grid?.rows.get(number);
    if (!row) return;
    this.#openNumber = number;
    if (row.type === "notice") {
      this.details = { type: "notice", text: row.text };
      return;
    }
    this.details ??= { type: "loading" };
    let found: DetailsState;
    try {
      const details = await this.host.request("details", { row: row.row });
      found = details ? { type: "details", details } : { type: "gone" };
    } catch (error) {
      found = { type: "failed", message: error instanceof Error ? error.message : String(error) };
    }
    if (this.#openNumber === number) this.details = found;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.details) return;
    event.preventDefault();
    this.#closeAndFocus();
  };

  readonly #closeAndFocus = (): void => {
    this.#closeDetails();
    this.#grid?.focus();
  };

  #closeDetails(): void {
    this.#openNumber = undefined;
    this.details = undefined;
  }
}

customElements.define("flows-app", FlowsApp);
