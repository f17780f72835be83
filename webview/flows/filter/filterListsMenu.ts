import { html, nothing, type TemplateResult } from "lit";
import type { FilterLists, FilterTexts, SavedFilter } from "../../../src/protocol/filterLine.ts";

export interface FilterListsMenuParts {
  readonly texts: FilterTexts;
  readonly lists: FilterLists;
  /** Can what stands in the line be saved? */
  readonly canSave: boolean;
  onChoose(text: string): void;
  onRemove(saved: SavedFilter): void;
  readonly onSave: () => void;
  onClose(): void;
}

/** The menu of saved and recent filters. Arrows go through it, Enter takes one, Delete forgets a saved one, Escape closes. */
export function filterListsMenu(parts: FilterListsMenuParts): TemplateResult {
  const { texts, lists } = parts;
  return html`<div class="popup lists" role="menu" aria-label=${texts.lists} tabindex="-1" @keydown=${(
    event: KeyboardEvent,
  ) => {
    onKey(event, parts);
  }}>
    <div class="title" role="presentation">${texts.saved}</div>
    ${lists.saved.length === 0 ? html`<div class="nothing">${texts.nothingSaved}</div>` : nothing}
    ${lists.saved.map((saved, index) => savedItem(saved, index, parts))}
    <button class="item save" role="menuitem" tabindex="-1" ?disabled=${!parts.canSave} @click=${parts.onSave}>
      <span class="codicon codicon-save" aria-hidden="true"></span><span class="label">${texts.save}</span>
    </button>
    ${lists.recent.length > 0 ? html`<div class="title" role="presentation">${texts.recent}</div>` : nothing}
    ${lists.recent.map(
      (text) =>
        html`<button class="item" role="menuitem" tabindex="-1" title=${text} @click=${() => {
          parts.onChoose(text);
        }}><span class="codicon codicon-history" aria-hidden="true"></span><span class="label written">${text}</span></button>`,
    )}
  </div>`;
}

function savedItem(saved: SavedFilter, index: number, parts: FilterListsMenuParts): TemplateResult {
  const { texts } = parts;
  const remove = `${texts.removeSaved}: ${saved.name}`;
  return html`<div class="saved" role="presentation">
    <button class="item" role="menuitem" tabindex="-1" data-saved=${index} title=${saved.text} @click=${() => {
      parts.onChoose(saved.text);
    }}>
      <span class="codicon codicon-bookmark" aria-hidden="true"></span><span class="label">${saved.name}</span><span
        class="detail">${saved.scope === "workspace" ? `${texts.workspace} · ` : ""}${saved.text}</span>
    </button>
    <button class="icon remove" tabindex="-1" title=${remove} aria-label=${remove} @click=${() => {
      parts.onRemove(saved);
    }}><span class="codicon codicon-trash" aria-hidden="true"></span></button>
  </div>`;
}

function onKey(event: KeyboardEvent, parts: FilterListsMenuParts): void {
  const menu = event.currentTarget;
  if (!(menu instanceof HTMLElement)) return;
  const items = [...menu.querySelectorAll<HTMLElement>(".item:not([disabled])")];
  const current = items.findIndex((item) => item === document.activeElement);
  const go = (index: number): void => {
    items[(index + items.length) % items.length]?.focus();
  };
  switch (event.key) {
    case "ArrowDown":
      go(current + 1);
      break;
    case "ArrowUp":
      go(current === -1 ? -1 : current - 1);
      break;
    case "Home":
      go(0);
      break;
    case "End":
      go(-1);
      break;
    case "Delete": {
      const saved = parts.lists.saved[Number(items[current]?.dataset["saved"] ?? -1)];
      if (saved) parts.onRemove(saved);
      break;
    }
    case "Tab":
    case "Escape":
      parts.onClose();
      break;
    default:
      return;
  }
  event.preventDefault();
  event.stopPropagation();
}
