import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import type { Problem } from "../../../src/base/problem.ts";
import type { FilterLists } from "../../../src/protocol/filterLine.ts";
import type { FlowsPanelTexts } from "../../../src/protocol/flowsPanel.ts";
import { fillText } from "../../shared/fillText.ts";
import { completionList, optionId } from "./completionList.ts";
import { FilterEditor } from "./filterEditor.ts";
import type { FilterHost } from "./filterHost.ts";
import { filterListsMenu } from "./filterListsMenu.ts";
import { filterMessage } from "./filterMessage.ts";
import * as language from "./lineLanguage.ts";
import { replaceText } from "./replaceText.ts";
import { termChips } from "./termChips.ts";
import { textLeft } from "./textLeft.ts";
import { underlines } from "./underlines.ts";

/**
 * The filter line: the flags of `hubble observe` as text while a person writes, as terms to click otherwise. Fires
 * `filter-leave`, and `filter-draft` with what is written and not applied.
 */
export class FilterLine extends LitElement {
  static override readonly properties = {
    applied: { attribute: false },
    lists: { attribute: false },
    texts: { attribute: false },
    menuOpen: { state: true },
  };

  /** The filter by which the table's rows are chosen. */
  declare applied: string;
  declare lists: FilterLists;
  declare texts: FlowsPanelTexts;
  declare host: FilterHost;
  /** What was written and not applied in an earlier life of the page. */
  resumeDraft: string | undefined;
  declare menuOpen: boolean;
  #made: FilterEditor | undefined;
  #focused = false;
  /** Is the text being put in its place by us? */
  #putting = false;

  constructor() {
    super();
    this.menuOpen = false;
  }

  override createRenderRoot(): HTMLElement {
    return this;
  }

  override disconnectedCallback(): void {
    this.#made?.dispose();
    super.disconnectedCallback();
  }

  /** Puts the cursor into the line, with everything selected. */
  override focus(): void {
    this.#input?.focus();
    this.#input?.select();
  }

  /** Puts a text into the line that cannot be applied as it is. */
  showDraft(text: string): void {
    this.#editor.showDraft(text);
  }

  override firstUpdated(): void {
    if (this.resumeDraft !== undefined && this.resumeDraft !== this.applied) this.showDraft(this.resumeDraft);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("applied")) this.#editor.show(this.applied);
  }

  override render(): TemplateResult {
    const texts = this.texts.filterLine;
    const { text, applied, completion } = this.#editor;
    const shown = this.#editor.problems(this.#focused ? (this.#input?.selectionStart ?? 0) : -1);
    const worst = shown[0];
    const asTerms = this.#showsTerms();
    return html`<div class="filter-line" role="search" @focusout=${this.#onFocusOut}>
        <span class="codicon codicon-filter" aria-hidden="true"></span>
        <div class=${asTerms ? "text as-terms" : "text"}>
          ${asTerms ? this.#terms() : nothing}
          <div class="mirror" aria-hidden="true">${underlines(text, shown).map(
            ({ text: part, severity }) => html`<span class=${severity ?? ""}>${part}</span>`,
          )}</div>
          <input
            type="text" role="combobox" spellcheck="false" autocomplete="off" autocapitalize="off"
            aria-label=${texts.filter} aria-autocomplete="list" aria-haspopup="listbox"
            aria-expanded=${completion.isOpen} aria-controls="filter-options"
            aria-activedescendant=${completion.active < 0 ? "" : optionId(completion.active)}
            aria-invalid=${worst?.severity === "error"} aria-describedby=${worst ? "filter-problem" : ""}
            placeholder=${texts.placeholder}
            @input=${this.#onInput} @keydown=${this.#onKey} @paste=${this.#onPaste} @focus=${this.#onFocus}
            @blur=${this.#onBlur} @scroll=${this.#syncScroll} @click=${this.#onClick}
          />
        </div>
        ${
          text === "" && applied === ""
            ? nothing
            : html`<button class="icon clear" title=${texts.clear} aria-label=${texts.clear} @click=${this.#clear}>
                <span class="codicon codicon-close" aria-hidden="true"></span></button>`
        }
        <button class="icon menu" title=${texts.lists} aria-label=${texts.lists} aria-haspopup="menu"
          aria-expanded=${this.menuOpen} @click=${this.#toggleMenu}>
          <span class="codicon codicon-chevron-down" aria-hidden="true"></span></button>
        ${completion.isOpen ? this.#options() : nothing}
        ${this.menuOpen ? this.#menu() : nothing}
        <span class="visually-hidden" role="status">${
          completion.isOpen ? fillText(texts.completionCount, completion.options.length) : ""
        }</span>
      </div>
      ${worst ? this.#message(worst) : nothing}`;
  }

  override updated(): void {
    const input = this.#input;
    const { text } = this.#editor;
    if (input) this.#put(input, text);
    this.#syncScroll();
    this.#placePopup();
    this.querySelector(".option.active")?.scrollIntoView({ block: "nearest" });
  }

  /** Made when it is first needed: by then the host is known. */
  get #editor(): FilterEditor {
    this.#made ??= new FilterEditor({
      host: this.host,
      recent: () => this.lists.recent,
      countText: (count) => fillText(this.texts.filterLine.flowCount, count.toLocaleString("en-US")),
      onChange: () => {
        this.requestUpdate();
      },
      onDraft: (text) => {
        this.dispatchEvent(new CustomEvent("filter-draft", { detail: text }));
      },
    });
    return this.#made;
  }

  get #input(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  #showsTerms(): boolean {
    const { terms, isRight, isAsked } = this.#editor;
    return !this.#focused && terms.length > 0 && isAsked && isRight;
  }

  #message(problem: Problem): TemplateResult {
    const { text, applied } = this.#editor;
    return filterMessage(problem, {
      texts: this.texts.filterLine,
      stillShown: text === applied ? undefined : applied,
      onFix: () => {
        this.#goOnAt(this.#editor.fix(problem));
      },
    });
  }

  #terms(): TemplateResult {
    const { text, terms } = this.#editor;
    return termChips(terms, {
      texts: this.texts.filterLine,
      onEdit: (index) => {
        const term = terms[index];
        if (!term) return;
        const { start, end } = term.valueRange ?? term.range;
        this.#input?.focus();
        this.#input?.setSelectionRange(start, end);
      },
      onRemove: (index) => {
        const term = terms[index];
        if (!term) return;
        this.#editor.put(language.removeTerm(text, term.range));
        this.#focusTerm(Math.min(index, terms.length - 2));
      },
      onNegate: (index) => {
        const term = terms[index];
        if (!term) return;
        this.#editor.put(language.withTermNegated(text, term));
        this.#focusTerm(this.#editor.terms.length - 1);
      },
    });
  }

  #focusTerm(index: number): void {
    void this.updateComplete.then(() => {
      const term = this.querySelectorAll<HTMLElement>(".term .edit")[index];
      (term ?? this.#input)?.focus();
    });
  }

  #options(): TemplateResult {
    const { completion } = this.#editor;
    return completionList(completion.options, completion.active, {
      label: this.texts.filterLine.completions,
      heading: completion.heading,
      onAccept: (index) => {
        this.#accept(index);
      },
    });
  }

  #menu(): TemplateResult {
    const { text, isRight } = this.#editor;
    return filterListsMenu({
      texts: this.texts.filterLine,
      lists: this.lists,
      canSave: text.trim() !== "" && isRight,
      onChoose: (chosen) => {
        this.menuOpen = false;
        this.#editor.put(chosen);
        this.#input?.focus();
      },
      onRemove: (saved) => {
        this.host.removeSaved(saved);
      },
      onSave: () => {
        this.menuOpen = false;
        this.host.save(text.trim());
      },
      onClose: () => {
        this.menuOpen = false;
        this.querySelector<HTMLElement>(".menu")?.focus();
      },
    });
  }

  readonly #toggleMenu = (): void => {
    this.menuOpen = !this.menuOpen;
    this.#editor.completion.close();
    if (!this.menuOpen) return;
    void this.updateComplete.then(() => {
      this.querySelector<HTMLElement>(".lists .item:not([disabled])")?.focus();
    });
  };

  readonly #clear = (): void => {
    this.#editor.put("");
    this.#input?.focus();
  };

  /** Undo takes it back, as it does what was written. */
  #put(input: HTMLInputElement, text: string): void {
    this.#putting = true;
    replaceText(input, text);
    this.#putting = false;
  }

  readonly #onInput = (): void => {
    const input = this.#input;
    if (!input || this.#putting) return;
    this.#editor.write(input.value, input.selectionStart ?? input.value.length);
    this.requestUpdate();
  };

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.isComposing || !this.#handleKey(event)) return;
    event.preventDefault();
    event.stopPropagation();
    this.requestUpdate();
  };

  /** Answers whether the key was ours. */
  #handleKey({ key, altKey, ctrlKey, shiftKey }: KeyboardEvent): boolean {
    const editor = this.#editor;
    const list = editor.completion;
    switch (key) {
      case "ArrowDown":
        if (altKey) this.#toggleMenu();
        else if (list.isOpen) list.move(1);
        else return this.#walk("newer");
        return true;
      case "ArrowUp":
        if (!list.isOpen) return this.#walk("older");
        list.move(-1);
        return true;
      case "Enter":
        if (list.isOpen && list.active !== -1) this.#accept(list.active);
        else editor.settle();
        return true;
      case "Tab":
        if (!list.isOpen || shiftKey) return false;
        this.#accept(Math.max(0, list.active));
        return true;
      case "Escape":
        if (list.isOpen) list.close();
        else this.dispatchEvent(new CustomEvent("filter-leave", { bubbles: true }));
        return true;
      case " ":
        if (!ctrlKey) return false;
        list.update(editor.text, this.#input?.selectionStart ?? 0);
        return true;
      default:
        return false;
    }
  }

  #walk(way: "older" | "newer"): boolean {
    if (!this.#editor.walk(way)) return false;
    this.#goOnAt(this.#editor.text.length);
    return true;
  }

  #accept(index: number): void {
    const caret = this.#editor.accept(index);
    if (caret !== undefined) this.#goOnAt(caret);
  }

  /** The text was changed by other means than keys: shows it, with the place of writing there. */
  #goOnAt(caret: number): void {
    const input = this.#input;
    if (!input) return;
    input.focus();
    this.#put(input, this.#editor.text);
    input.setSelectionRange(caret, caret);
    this.requestUpdate();
  }

  readonly #onPaste = (event: ClipboardEvent): void => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    const input = this.#input;
    const text = language.pastedText(pasted);
    if (!input || text === pasted) return;
    event.preventDefault();
    const { value } = input;
    const start = input.selectionStart ?? value.length;
    const before = value.slice(0, start);
    const joined = /\S$/.test(before) ? `${before} ${text}` : before + text;
    this.#editor.put(joined + value.slice(input.selectionEnd ?? start));
    this.#goOnAt(joined.length);
  };

  readonly #onFocus = (): void => {
    this.#focused = true;
    this.#editor.begin();
    this.requestUpdate();
  };

  readonly #onBlur = (): void => {
    this.#focused = false;
    this.#editor.settle();
  };

  /** A click elsewhere closes the menu. */
  readonly #onFocusOut = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && this.contains(event.relatedTarget)) return;
    this.menuOpen = false;
  };

  readonly #onClick = (): void => {
    this.menuOpen = false;
    this.#editor.completion.close();
    this.requestUpdate();
  };

  readonly #syncScroll = (): void => {
    const mirror = this.querySelector(".mirror");
    if (mirror && this.#input) mirror.scrollLeft = this.#input.scrollLeft;
  };

  /** The list stands under the word that it is about, and below what is said to be wrong: the way out stays in reach. */
  #placePopup(): void {
    const popup = this.querySelector<HTMLElement>(".options");
    const field = this.querySelector<HTMLElement>(".filter-line");
    const mirror = this.querySelector(".mirror");
    if (!popup || !field || !mirror) return;
    const left = textLeft(mirror, this.#editor.completion.start) - field.getBoundingClientRect().left - 10;
    popup.style.left = `${Math.max(0, Math.min(left, field.clientWidth - popup.offsetWidth))}px`;
    const message = this.querySelector(".filter-message");
    const { top, bottom } = field.getBoundingClientRect();
    popup.style.top = `${(message ? message.getBoundingClientRect().bottom : bottom + 1) - top}px`;
  }
}

customElements.define("filter-line", FilterLine);
