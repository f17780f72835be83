import type { Flow, Notice } from "./flow.ts";
import { lostText, nodeNamesText } from "./noticeText.ts";
import { withoutEscapes } from "./paint.ts";
import { printedFields, type PrintOptions } from "./printedFields.ts";
import { quoteText } from "./quoteText.ts";
import { timeText } from "./timeText.ts";

/** What stands between two entries. */
export const dictSeparator = "------------";

/** A flow as lines of names and values, as `hubble observe -o dict` prints it. */
export function dictFlow(flow: Flow, options: PrintOptions): string {
  const { time, node, source, destination, event, verdict, summary } = printedFields(flow, options);
  const lines = [
    `  TIMESTAMP: ${time}`,
    ...(options.nodeName ? [`       NODE: ${node}`] : []),
    `     SOURCE: ${source}`,
    `DESTINATION: ${destination}`,
    `       TYPE: ${event}`,
    `    VERDICT: ${verdict}`,
    `    SUMMARY: ${summary}`,
  ];
  return withoutEscapes(lines.join("\n"), options.color);
}

/** Lost events in the form of {@link dictFlow}. */
export function dictLost(
  lost: Extract<Notice, { readonly kind: "lost-events" }>,
  options: PrintOptions,
): string {
  const lines = [
    `  TIMESTAMP: ${timeText(lost.time, options.timeFormat)}`,
    ...(options.nodeName ? [`       NODE: ${lost.nodeName}`] : []),
    `     SOURCE: ${lost.source}`,
    `       TYPE: EVENTS LOST`,
    `    VERDICT: -`,
    `    SUMMARY: ${lostText(lost, " - ", options.timeFormat)}`,
  ];
  return withoutEscapes(lines.join("\n"));
}

/** A node's status in the form of {@link dictFlow}. */
export function dictStatus(
  status: Extract<Notice, { readonly kind: "node-status" }>,
  options: PrintOptions,
): string {
  const lines = [
    `  TIMESTAMP: ${timeText(status.time, options.timeFormat)}`,
    `      STATE: ${status.state}`,
    `      NODES: ${nodeNamesText(status.nodeNames)}`,
    `    MESSAGE: ${status.message ? quoteText(status.message) : "N/A"}`,
  ];
  return withoutEscapes(lines.join("\n"));
}
