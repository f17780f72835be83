import { html, LitElement, nothing, type TemplateResult } from "lit";
import "@vscode-elements/elements/dist/vscode-button/index.js";
import type { TermText } from "../../src/flows/language/filterTerm.ts";
import type { FilterLists } from "../../src/protocol/filterLine.ts";
import type {
  CellWish,
  FlowsPanelState,
  FlowsPanelTexts,
  PanelAction,
} from "../../src/protocol/flowsPanel.ts";
import { unpackWindow } from "../../src/protocol/rowPack.ts";
import { fillText } from "../shared/fillText.ts";
import "./detailsPane.ts";
import type { DetailsState } from "./detailsPane.ts";
import { type FilterHost, filterHost } from "./filter/filterHost.ts";
import "./filter/filterLine.ts";
import type { FilterLine } from "./filter/filterLine.ts";
import "./flowGrid.ts";
import type { FlowGrid } from "./flowGrid.ts";
import type { PageMemory } from "./pageMemory.ts";
import type { PanelHost } from "./panelHost.ts";

/** The whole panel: what is shown and how much, the table, and the details of one row. */
export class FlowsApp extends LitElement {
  static override readonly properties = {
    state: { attribute: false },
    lists: { attribute: false },
    texts: { attribute: false },
    details: { state: true },
  };

  declare state: FlowsPanelState | undefined;
  declare lists: FilterLists;
  declare texts: FlowsPanelTexts;
  declare details: DetailsState | undefined;
  declare host: PanelHost;
  declare memory: PageMemory;
  #openNumber: number | undefined;
  #filterHost: FilterHost | undefined;

  constructor() {
    super();
    this.lists = { recent: [], saved: [] };
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  /** Puts the cursor into the filter line. */
  focusFilter(): void {
    void this.updateComplete.then(() => {
      this.#filterLine?.focus();
    });
  }

  /** Puts a text into the filter line that cannot be applied as it is. */
  showDraft(text: string): void {
    void this.updateComplete.then(() => {
      this.#filterLine?.showDraft(text);
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener("keydown", this.#onGlobalKey);
  }

  override disconnectedCallback(): void {
    window.removeEventListener("keydown", this.#onGlobalKey);
    super.disconnectedCallback();
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
    this.#filterHost ??= filterHost(this.host, (request) => {
      this.#send(request);
    });
    return html`
      <filter-line
        .applied=${state.filter}
        .lists=${this.lists}
        .texts=${this.texts}
        .host=${this.#filterHost}
        .resumeDraft=${this.memory.draft}
        @filter-draft=${this.#keepDraft}
        @filter-leave=${() => this.#grid?.focus()}
      ></filter-line>
      ${this.#toolbar(state)}
      ${state.banner ? this.#banner(state.banner) : nothing}
      <main class="body" @keydown=${this.#onKey}>
        <flow-grid
          class=${isEmpty ? "hidden" : ""}
          .state=${state}
          .texts=${this.texts}
          .fetchRows=${async (from: number, count: number) =>
            unpackWindow(await this.host.request("rows", { from, count }))}
          @flow-open=${this.#open}
          .resumeAt=${this.memory.place}
          @flow-active=${this.#activeMoved}
          @flow-filter=${this.#addCell}
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
                @details-filter=${this.#addTerm}
                .copyText=${(text: string) => this.host.request("copy", { text })}
              ></details-pane>`
            : nothing
        }
      </main>
      <div class="visually-hidden" role="status">${state.banner?.message ?? (isEmpty ? state.empty.message : state.filter)}</div>
    `;
  }

  #toolbar(state: FlowsPanelState): TemplateResult | typeof nothing {
    if (state.figures === "") return nothing;
    const following = this.#grid?.following ?? true;
    const held =
      state.heldBack > 0 ? ` · ${fillText(this.texts.heldBack, state.heldBack.toLocaleString("en-US"))}` : "";
    return html`<header class="toolbar">
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
    return html`<div class=${`banner ${banner.tone}`}>
      <span class=${`codicon codicon-${banner.tone}`} aria-hidden="true"></span>
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

  get #filterLine(): FilterLine | null {
    return this.querySelector("filter-line");
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
    if (place && place.view !== 0) this.memory.keep({ place });
  };

  readonly #keepDraft = (event: CustomEvent<string | undefined>): void => {
    this.memory.keep({ draft: event.detail });
  };

  readonly #addCell = (event: CustomEvent<CellWish>): void => {
    this.#send(this.host.request("addCell", event.detail));
  };

  readonly #addTerm = (event: CustomEvent<TermText>): void => {
    this.#send(this.host.request("addTerm", event.detail));
  };

  /** The keys that go to a filter elsewhere go to this one from anywhere in the panel. */
  readonly #onGlobalKey = (event: KeyboardEvent): void => {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    const finds = (ctrlKey || metaKey) && !altKey && key.toLowerCase() === "f";
    const slash = key === "/" && !ctrlKey && !metaKey && !altKey && !(target instanceof HTMLInputElement);
    if (!finds && !slash) return;
    event.preventDefault();
    this.focusFilter();
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
