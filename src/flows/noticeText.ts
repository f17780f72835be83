import type { Notice } from "./flow.ts";
import { quoteText } from "./quoteText.ts";
import { type TimeFormat, timeText } from "./timeText.ts";

/** How many characters of node names are printed before the rest is only counted. */
const nodeNamesWidth = 50;

/** A notice on one line, lost events and node status as the `hubble` CLI prints them. */
export function noticeText(notice: Notice, timeFormat: TimeFormat): string {
  const time = timeText(notice.time, timeFormat);
  switch (notice.kind) {
    case "lost-events":
      return `${time} EVENTS LOST: ${notice.source} ${lostText(notice, " ", timeFormat)}`;
    case "node-status":
      return `${time} [${notice.nodeName}]: ${nodeStatusText(notice)}`;
    case "gap":
      return `${time} NOT SEEN until ${timeText(notice.until, timeFormat)}: ${notice.cause}`;
  }
}

/** Where and how many events were lost, and between when if that is told: `CPU(0) 42`. */
export function lostText(
  { cpu, count, first, last }: Extract<Notice, { readonly kind: "lost-events" }>,
  separator: string,
  timeFormat: TimeFormat,
): string {
  const lost = `CPU(${cpu ?? 0})${separator}${count}`;
  if (!first || !last) return lost;
  return `${lost} (first: ${timeText(first, timeFormat)}, last: ${timeText(last, timeFormat)})`;
}

/** Names of nodes with commas between them; of many, how many more there are. */
export function nodeNamesText(names: readonly string[]): string {
  return joinWithin(names, nodeNamesWidth);
}

function nodeStatusText(notice: Extract<Notice, { readonly kind: "node-status" }>): string {
  const nodes = `${notice.nodeNames.length} nodes`;
  const names = nodeNamesText(notice.nodeNames);
  switch (notice.state) {
    case "NODE_CONNECTED":
      return `Receiving flows from ${nodes}: ${names}`;
    case "NODE_UNAVAILABLE":
      return `${nodes} are unavailable: ${names}`;
    case "NODE_GONE":
      return `${nodes} removed from cluster: ${names}`;
    case "NODE_ERROR":
      return `Error ${quoteText(notice.message)} on ${nodes}: ${names}`;
    default:
      return `unknown node status event ${notice.state}: ${names}`;
  }
}

/** Joins names up to a width, the first in any case, and says how many were left out. */
function joinWithin(names: readonly string[], width: number): string {
  let length = 0;
  let shown = 0;
  for (const name of names) {
    length += name.length + 2;
    if (length > width && shown > 0) break;
    shown += 1;
  }
  const omitted = names.length - shown;
  return names.slice(0, shown).join(", ") + (omitted > 0 ? ` (and ${omitted} more)` : "");
}
