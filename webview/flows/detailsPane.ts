import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { TermText } from "../../src/flows/language/filterTerm.ts";
import type { RowDetails } from "../../src/protocol/engine.ts";
import type { FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";

/** What the pane shows: a flow's details, or why there are none. */
export type DetailsState =
  | { readonly type: "loading" }
  | { readonly type: "gone" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "details"; readonly details: RowDetails };

type Value = NonNullable<RowDetails["fields"][number]["term"]>;

const resultShownMs = 3000;

const copyIcons = { "": "copy", copied: "check", failed: "error" } as const;

/** How the last copying went; "": a while ago, or not at all. */
type CopyResult = "" | "copied" | "failed";

/** Everything that is known of one row. Fires `details-close`, and `details-filter` with a term to add to the filter. */
export class DetailsPane extends LitElement {
  static override readonly properties = {
    content: { attribute: false },
    texts: { attribute: false },
    copyResult: { state: true },
  };

  declare content: DetailsState;
  declare texts: FlowsPanelTexts;
  /** Copies a text; rejects when it cannot. */
  declare copyText: (text: string) => Promise<unknown>;
  declare copyResult: CopyResult;
  #forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    super();
    this.copyResult = "";
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("content")) this.copyResult = "";
  }

  override disconnectedCallback(): void {
    clearTimeout(this.#forgetting);
    super.disconnectedCallback();
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override render(): TemplateResult {
    return html`<section class="details" aria-label=${this.texts.details}>
      <button class="icon close" title=${this.texts.close} aria-label=${this.texts.close} @click=${this.#close}>
        <span class="codicon codicon-close" aria-hidden="true"></span>
      </button>
      ${this.#body()}
    </section>`;
  }

  #body(): TemplateResult | typeof nothing {
    switch (this.content.type) {
      case "loading":
        return nothing;
      case "gone":
        return html`<p class="hint">${this.texts.noLongerHeld}</p>`;
      case "failed":
        return html`<p class="hint" role="alert">${this.texts.failed} ${this.content.message}</p>`;
      case "notice":
        return html`<p>${this.content.text}</p>`;
      case "details":
        return this.#details(this.content.details);
    }
  }

  #details(details: RowDetails): TemplateResult {
    return html`<dl class="fields">
        ${details.fields.map(
          ({ name, value, term }) => html`<dt>${name}</dt>
            <dd data-vscode-context=${contextOf(value, term)}><span class="shown">${value}</span>${this.#filterButtons(term)}</dd>`,
        )}
      </dl>
      ${this.#labels(this.texts.sourceLabels, "from-label", details.sourceLabels)}
      ${this.#labels(this.texts.destinationLabels, "to-label", details.destinationLabels)}
      <details class="raw">
        <summary>${this.texts.raw}</summary>
        <button class="icon copy" title=${this.texts.copy} aria-label=${this.texts.copy} @click=${() => {
          void this.#copy(details.json);
        }}>
          <span class="codicon codicon-${copyIcons[this.copyResult]}" aria-hidden="true"></span>
        </button>
        ${this.copyResult === "failed" ? html`<p class="hint" role="alert">${this.texts.copyFailed}</p>` : nothing}
        <pre tabindex="0">${details.json}</pre>
      </details>
      <span class="visually-hidden" role="status">${this.copyResult === "copied" ? this.texts.copied : ""}</span>`;
  }

  #labels(title: string, flag: string, labels: readonly string[]): TemplateResult | typeof nothing {
    if (labels.length === 0) return nothing;
    return html`<h3>${title}</h3>
      <ul class="chips">${labels.map((label) => {
        const term = { flag, value: label };
        return html`<li title=${label} data-vscode-context=${contextOf(label, term)}><span class="shown">${label}</span>${this.#filterButtons(term)}</li>`;
      })}</ul>`;
  }

  /** Beside each value that can be filtered by: for it, and for everything else. */
  #filterButtons(term: Value | undefined): TemplateResult | typeof nothing {
    if (!term) return nothing;
    const button = (negated: boolean): TemplateResult => {
      const text = negated ? this.texts.filterOut : this.texts.filterFor;
      const label = `${text}: --${term.flag} ${term.value}`;
      return html`<button class=${`icon by ${negated ? "out" : "for"}`} title=${label} aria-label=${label} @click=${() => {
        const detail: TermText = { ...term, negated };
        this.dispatchEvent(new CustomEvent("details-filter", { bubbles: true, detail }));
      }}><span class="codicon codicon-${negated ? "remove" : "add"}" aria-hidden="true"></span></button>`;
    };
    return html`<span class="filter-buttons">${button(false)}${button(true)}</span>`;
  }

  #close(): void {
    this.dispatchEvent(new CustomEvent("details-close", { bubbles: true }));
  }

  async #copy(text: string): Promise<void> {
    clearTimeout(this.#forgetting);
    try {
      await this.copyText(text);
      this.copyResult = "copied";
    } catch {
      // The extension has logged why.
      this.copyResult = "failed";
    }
    this.#forgetting = setTimeout(() => {
      this.copyResult = "";
    }, resultShownMs);
  }
}

/** The menu of a value offers to copy it, or what is selected, and to filter by it. */
function contextOf(value: string, term: Value | undefined): string {
  const filter = term && { flowTerm: { ...term, negated: false }, flowCell: "value" };
  return JSON.stringify({ flowValue: value, ...filter });
}

customElements.define("details-pane", DetailsPane);
