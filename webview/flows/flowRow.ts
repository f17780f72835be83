import { html, type TemplateResult } from "lit";
import type { FlowRow, VerdictTone } from "../../src/protocol/engine.ts";
import type { FlowsPanelTexts } from "../../src/protocol/flowsPanel.ts";
import { timeText } from "./timeText.ts";

/** The columns in their order; the class of a cell is its column's name. */
export const columns = ["time", "source", "destination", "port", "event", "verdict", "summary"] as const;

const glyphs: Readonly<Record<VerdictTone, string>> = {
  forwarded: "✓",
  denied: "✗",
  error: "!",
  audited: "○",
  other: "·",
};

/** The mark that goes with a verdict, so that its colour is never alone. */
export function verdictGlyph(tone: VerdictTone): string {
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

/** One row of the table; `undefined` is one whose flow has not arrived yet. */
export function rowTemplate(
  row: FlowRow | undefined,
  place: { readonly number: number; readonly index: number; readonly active: boolean },
): TemplateResult {
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
    aria-selected=${active} data-number=${number}>
    <div class="cell time" role="gridcell" aria-colindex="1" title=${new Date(row.timeMs).toISOString()}>${timeText(row.timeMs)}</div>
    <div class="cell source" role="gridcell" aria-colindex="2" title=${row.source}>${nameTemplate(row.source)}</div>
    <div class="cell destination" role="gridcell" aria-colindex="3" title=${row.destination}>${nameTemplate(row.destination)}</div>
    <div class="cell port" role="gridcell" aria-colindex="4">${row.port}</div>
    <div class="cell event" role="gridcell" aria-colindex="5" title=${row.event}>${row.event}</div>
    <div class="cell verdict" role="gridcell" aria-colindex="6" title=${row.verdict}>
      <span class="glyph" aria-hidden="true">${verdictGlyph(row.tone)}</span><span class="word">${row.verdict}</span>
    </div>
    <div class="cell summary" role="gridcell" aria-colindex="7" title=${row.summary}>${row.summary}</div>
  </div>`;
}

/** `namespace/pod`: the namespace stands back, so that the pod is read first. */
function nameTemplate(name: string): TemplateResult {
  const slash = name.indexOf("/");
  if (slash === -1) return html`${name}`;
  return html`<span class="namespace">${name.slice(0, slash + 1)}</span>${name.slice(slash + 1)}`;
}
