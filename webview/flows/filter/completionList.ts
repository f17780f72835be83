import { html, type TemplateResult } from "lit";
import type { Option } from "./completion.ts";

/** The id of the option at an index, for `aria-activedescendant`. */
export function optionId(index: number): string {
  return `filter-option-${index}`;
}

/** The list of what may be written, under the filter line; `onAccept` gets the index of what was clicked. */
export function completionList(
  options: readonly Option[],
  active: number,
  { label, onAccept }: { readonly label: string; onAccept: (index: number) => void },
): TemplateResult {
  return html`<ul id="filter-options" class="popup options" role="listbox" aria-label=${label}
    @mousedown=${keepFocus}>
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
