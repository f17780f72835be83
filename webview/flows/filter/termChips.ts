import { html, type TemplateResult } from "lit";
import type { FilterChip } from "../../../src/flows/language/filterChip.ts";
import type { FilterTerm } from "../../../src/flows/language/filterTerm.ts";
import type { FilterTexts } from "../../../src/protocol/filterLine.ts";
import { fillText } from "../../shared/fillText.ts";
import { filterChips, isNegatable } from "./lineLanguage.ts";

export interface TermChipsParts {
  readonly texts: FilterTexts;
  onEdit(index: number): void;
  onRemove(index: number): void;
  onNegate(index: number): void;
}

/**
 * The terms of the filter, one beside the other: each is edited by a click, turned into its opposite, or taken away.
 * By keyboard: arrows go from one to the next, Enter edits, Space negates, Delete takes away.
 */
export function termChips(terms: readonly FilterTerm[], parts: TermChipsParts): TemplateResult {
  return html`<div class="terms" role="toolbar" aria-label=${parts.texts.terms} @keydown=${(
    event: KeyboardEvent,
  ) => {
    onKey(event, terms, parts);
  }}>
    ${filterChips(terms).map((each, index) => {
      const term = terms[index];
      return term ? chip(each, term, { index, parts }) : "";
    })}
  </div>`;
}

function chip(
  { label, negated, text }: FilterChip,
  term: FilterTerm,
  place: { index: number; parts: TermChipsParts },
): TemplateResult {
  const { index, parts } = place;
  const { texts } = parts;
  const words = negated ? fillText(texts.not, label) : label;
  const toggle = negated ? texts.affirmTerm : texts.negateTerm;
  const blank = label.indexOf(" ");
  const flag = blank === -1 ? label : label.slice(0, blank);
  return html`<span class=${negated ? "term negated" : "term"} role="group" aria-label=${words}>
    <button class="edit" data-index=${index} tabindex=${index === 0 ? 0 : -1} title=${fillText(texts.editTerm, text)}
      aria-label=${words} aria-description=${texts.termKeys} @click=${() => {
        parts.onEdit(index);
      }}>${negated ? html`<span class="not">${fillText(texts.not, "").trim()}</span>` : ""}<span class="flag">${flag}</span>${
        blank === -1 ? "" : html`<span class="value">${label.slice(blank + 1)}</span>`
      }</button>
    ${
      isNegatable(term)
        ? html`<button class="part negate" tabindex="-1" title=${toggle} aria-label=${`${toggle}: ${words}`} @click=${() => {
            parts.onNegate(index);
          }}><span class="codicon codicon-circle-slash" aria-hidden="true"></span></button>`
        : ""
    }
    <button class="part remove" tabindex="-1" title=${texts.removeTerm} aria-label=${`${texts.removeTerm}: ${words}`}
      @click=${() => {
        parts.onRemove(index);
      }}><span class="codicon codicon-close" aria-hidden="true"></span></button>
  </span>`;
}

function onKey(event: KeyboardEvent, terms: readonly FilterTerm[], parts: TermChipsParts): void {
  const target = event.target instanceof Element ? event.target.closest<HTMLElement>(".edit") : null;
  const index = Number(target?.dataset["index"] ?? -1);
  const term = terms[index];
  if (!term) return;
  switch (event.key) {
    case "ArrowRight":
    case "ArrowLeft":
      focusChip(event, index + (event.key === "ArrowRight" ? 1 : -1));
      break;
    case "Home":
    case "End":
      focusChip(event, event.key === "Home" ? 0 : terms.length - 1);
      break;
    case "Delete":
    case "Backspace":
      parts.onRemove(index);
      break;
    case " ":
      if (isNegatable(term)) parts.onNegate(index);
      break;
    default:
      return;
  }
  event.preventDefault();
}

function focusChip(event: KeyboardEvent, index: number): void {
  if (!(event.currentTarget instanceof HTMLElement)) return;
  const chips = [...event.currentTarget.querySelectorAll<HTMLElement>(".edit")];
  const next = chips[index];
  if (!next) return;
  for (const one of chips) one.tabIndex = one === next ? 0 : -1;
  next.focus();
}
