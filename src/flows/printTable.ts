import type { Flow, Notice } from "./flow.ts";
import { lostText } from "./noticeText.ts";
import { withoutEscapes } from "./paint.ts";
import { printedFields, type PrintOptions } from "./printedFields.ts";
import { timeText } from "./timeText.ts";

/** The heads of a table's columns, with tabs between them. */
export function tableHead({ nodeName }: PrintOptions): string {
  const node = nodeName ? ["NODE"] : [];
  return ["TIMESTAMP", ...node, "SOURCE", "DESTINATION", "TYPE", "VERDICT", "SUMMARY"].join("\t");
}

/** A flow's row of the table that `hubble observe -o table` prints, with tabs between its cells, never coloured. */
export function tableRow(flow: Flow, options: PrintOptions): string {
  const fields = printedFields(flow, { ...options, color: false });
  const { time, node, source, destination, event, verdict, summary } = fields;
  const cells = [time, ...(options.nodeName ? [node] : []), source, destination, event, verdict, summary];
  return withoutEscapes(cells.join("\t"));
}

/** Lost events as a row of the same table. */
export function tableLost(
  lost: Extract<Notice, { readonly kind: "lost-events" }>,
  options: PrintOptions,
): string {
  const time = timeText(lost.time, options.timeFormat);
  const node = options.nodeName ? [lost.nodeName] : [];
  const summary = lostText(lost, " - ", options.timeFormat);
  return withoutEscapes([time, ...node, lost.source, "-", "EVENTS LOST", "-", summary].join("\t"));
}
