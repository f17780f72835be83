import { endpointText } from "./endpointText.ts";
import { eventText } from "./eventText.ts";
import type { Flow } from "./flow.ts";
import { summaryText } from "./summaryText.ts";
import { type TimeFormat, timeText } from "./timeText.ts";
import { verdictText } from "./verdictText.ts";

/** What a person can choose about printed flows; the defaults are those of the `hubble` CLI. */
export interface PrintOptions {
  readonly timeFormat: TimeFormat;
  /** Also print the node that saw the flow. */
  readonly nodeName: boolean;
  /** Print names in place of addresses. */
  readonly ipTranslation: boolean;
  /** On policy verdicts, also print which policies decided. */
  readonly policyNames: boolean;
}

/** How `hubble observe` prints when nothing is asked for. */
export const defaultPrintOptions: PrintOptions = {
  timeFormat: "StampMilli",
  nodeName: false,
  ipTranslation: true,
  policyNames: false,
};

/**
 * One flow on one line, byte for byte as `hubble observe -o compact` prints it. The client stands on the left: the arrow
 * is `->` on its way, `<-` on replies, `<>` where the datapath does not know. Times are UTC.
 */
export function compactLine(flow: Flow, options: PrintOptions = defaultPrintOptions): string {
  const { timeFormat, nodeName, ipTranslation, policyNames } = options;
  const source = endpointText(flow, "source", ipTranslation);
  const destination = endpointText(flow, "destination", ipTranslation);
  const arrow = flow.isReply === undefined ? "<>" : flow.isReply ? "<-" : "->";
  const [left, right] = flow.isReply === true ? [destination, source] : [source, destination];
  const node = nodeName ? ` [${flow.nodeName ?? ""}]` : "";
  const what = `${eventText(flow)} ${verdictText(flow, policyNames)} (${summaryText(flow)})`;
  return withoutEscapes(`${timeText(flow.time, timeFormat)}${node}: ${left} ${arrow} ${right} ${what}`);
}

/** Names and URLs come from strangers: what would steer a terminal is made visible instead. */
export function withoutEscapes(text: string): string {
  if (!/[\x1b\r]/.test(text)) return text;
  return text.replaceAll("\x1b", "^[").replaceAll("\r", "\\r");
}
