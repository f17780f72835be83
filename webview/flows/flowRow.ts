import { html, type TemplateResult } from "lit";
import type { FlowRow, VerdictTone } from "../../src/protocol/engine.ts";
import type { FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";
import { timeText } from "./timeText.ts";

/** The columns in their order; the class of a cell is its column's name. */
export const columns = ["time", "source", "destination", "port", "event", "verdict", "summary"] as const;

export type Column = (typeof columns)[number];

const glyphs: Readonly<Record<VerdictTone, string>> = {
  forwarded: "✓",
  denied: "✗",
  error: "!",
  audited: "○",
  other: "·",
};

/** The mark that goes with a verdict, so that its colour is never alone. */
function verdictGlyph(tone: VerdictTone): string {
  return glyphs[tone];
}

/** The row of column names. */
export function headerTemplate(texts: FlowsPanelTexts): TemplateResult {
  return html`<div class="row header" role="row" aria-rowindex="1">
    ${columns.map(
      (column, index) => html`<div
        class="cell ${column}"
        role="columnheader"
        aria-colindex=${index + 1}
        aria-sort=${column === "time" ? "descending" : "none"}
      >${texts[column]}${
        column === "time" ? html`<span class="codicon codicon-arrow-down" aria-hidden="true"></span>` : ""
      }</div>`,
    )}
  </div>`;
}

export interface RowPlace {
  readonly number: number;
  readonly index: number;
  readonly active: boolean;
  /** The column under the cursor, in the active row. */
  readonly column: Column | undefined;
}

/** The id of a cell, for `aria-activedescendant`. */
export function cellId(number: number, column: Column): string {
  return `cell-${number}-${column}`;
}

/** What VS Code's menu of a place in the table is told: whose value it is about. There is no text to cut or paste. */
export function menuContext(place: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...place, preventDefaultContextMenuItems: true });
}

/** What is told of a cell. */
export function cellContext(row: Flow, column: Column): Readonly<Record<string, unknown>> {
  return { flowColumn: column, flowCell: column, flowValue: textOf(row, column) };
}

/** One row of the table; `undefined` is one whose flow has not arrived yet. */
export function rowTemplate(row: FlowRow | undefined, place: RowPlace): TemplateResult {
  const { number, index, active } = place;
  const marks = active ? " active" : "";
  if (row === undefined) {
    return html`<div id="row-${number}" class="row loading${marks}" role="row" aria-rowindex=${index + 2} aria-busy="true"></div>`;
  }
  if (row.type === "notice") {
    return html`<div id="row-${number}" class="row notice${marks}" role="row" aria-rowindex=${index + 2}
      aria-selected=${active} data-number=${number}>
      <div class="cell time" role="gridcell" aria-colindex="1">${timeText(row.timeMs)}</div>
      <div class="cell text" role="gridcell" aria-colindex="2" aria-colspan="6" title=${row.text}><span>${row.text}</span></div>
    </div>`;
  }
  return html`<div id="row-${number}" class="row tone-${row.tone}${marks}" role="row" aria-rowindex=${index + 2}
    aria-selected=${active} data-number=${number} data-vscode-context=${menuContext({ flowRow: row.row })}>
    ${columns.map((column, at) => {
      const marked = active && place.column === column ? " current" : "";
      return html`<div id=${cellId(number, column)} class=${`cell ${column}${marked}`} role="gridcell"
        aria-colindex=${at + 1} data-column=${column} title=${textOf(row, column)}
        data-vscode-context=${menuContext(cellContext(row, column))}>${cellTemplate(row, column)}</div>`;
    })}
  </div>`;
}

type Flow = Extract<FlowRow, { type: "flow" }>;

/** What a cell says in full. */
function textOf(row: Flow, column: Column): string {
  return column === "time" ? new Date(row.timeMs).toISOString() : row[column];
}

function cellTemplate(row: Flow, column: Column): TemplateResult | string {
  switch (column) {
    case "time":
      return timeText(row.timeMs);
    case "source":
    case "destination":
      return nameTemplate(row[column]);
    case "verdict":
      return html`<span class="glyph" aria-hidden="true">${verdictGlyph(row.tone)}</span><span class="word">${row.verdict}</span>`;
    case "port":
    case "event":
    case "summary":
      return row[column];
  }
}

/** `namespace/pod`: the namespace stands back, so that the pod is read first. */
function nameTemplate(name: string): TemplateResult {
  const slash = name.indexOf("/");
  if (slash === -1) return html`${name}`;
  return html`<span class="namespace">${name.slice(0, slash + 1)}</span>${name.slice(slash + 1)}`;
}
