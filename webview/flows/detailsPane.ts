import { html, LitElement, nothing, type TemplateResult } from "lit";
import type { RowDetails } from "../../src/protocol/engine.ts";
import type { FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";

/** What the pane shows: a flow's details, or why there are none. */
export type DetailsState =
  | { readonly type: "loading" }
  | { readonly type: "gone" }
  | { readonly type: "failed"; readonly message: string }
  | { readonly type: "notice"; readonly text: string }
  | { readonly type: "details"; readonly details: RowDetails };

/** Everything that is known of one row. Fires `details-close` and `details-copy` (the text). */
export class DetailsPane extends LitElement {
  static override readonly properties = {
    content: { attribute: false },
    texts: { attribute: false },
    copied: { state: true },
  };

  declare content: DetailsState;
  declare texts: FlowsPanelTexts;
  declare copied: boolean;

  constructor() {
    super();
    this.copied = false;
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
        ${details.fields.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}
      </dl>
      ${labelsTemplate(this.texts.sourceLabels, details.sourceLabels)}
      ${labelsTemplate(this.texts.destinationLabels, details.destinationLabels)}
      <details class="raw">
        <summary>${this.texts.raw}</summary>
        <button class="icon copy" title=${this.texts.copy} aria-label=${this.texts.copy} @click=${() => {
          this.#copy(details.json);
        }}>
          <span class="codicon codicon-${this.copied ? "check" : "copy"}" aria-hidden="true"></span>
        </button>
        <pre tabindex="0">${details.json}</pre>
      </details>
      <span class="visually-hidden" role="status">${this.copied ? this.texts.copied : ""}</span>`;
  }

  #close(): void {
    this.dispatchEvent(new CustomEvent("details-close", { bubbles: true }));
  }

  #copy(text: string): void {
    this.copied = true;
    setTimeout(() => {
      this.copied = false;
    }, 2000);
    this.dispatchEvent(new CustomEvent<string>("details-copy", { bubbles: true, detail: text }));
  }
}

function labelsTemplate(title: string, labels: readonly string[]): TemplateResult | typeof nothing {
  if (labels.length === 0) return nothing;
  return html`<h3>${title}</h3>
    <ul class="chips">${labels.map((label) => html`<li title=${label}>${label}</li>`)}</ul>`;
}

customElements.define("details-pane", DetailsPane);
