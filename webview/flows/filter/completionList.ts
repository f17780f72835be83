import { html, nothing, type TemplateResult } from "lit";
import type { Option } from "./completion.ts";

/** The id of the option at an index, for `aria-activedescendant`. */
export function optionId(index: number): string {
  return `filter-option-${index}`;
}

export interface CompletionListParts {
  readonly label: string;
  /** What is being written, when all options are values of one flag; else empty. */
  readonly heading: string;
  readonly onAccept: (index: number) => void;
}

/** The list of what may be written, under the filter line; `onAccept` gets the index of what was clicked. */
export function completionList(
  options: readonly Option[],
  active: number,
  parts: CompletionListParts,
): TemplateResult {
  const { label, heading, onAccept } = parts;
  return html`<ul id="filter-options" class="popup options" role="listbox" aria-label=${heading || label}
    @mousedown=${keepFocus}>
    ${heading === "" ? nothing : html`<li class="title" role="presentation">${heading}</li>`}
    ${options.map(
      (option, index) => html`<li
        id=${optionId(index)}
        class=${index === active ? "option active" : "option"}
        role="option"
        aria-selected=${index === active}
        title=${`${option.label}  ${option.detail}`}
        @click=${() => {
          onAccept(index);
        }}
      ><span class="label">${option.label}</span><span class="detail">${option.detail}</span></li>`,
    )}
  </ul>`;
}

/** The line that is being written in keeps the focus while something of its list is clicked. */
function keepFocus(event: Event): void {
  event.preventDefault();
}
