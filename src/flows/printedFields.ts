import { hostText, portOf, type FlowSide } from "./endpointText.ts";
import { eventText } from "./eventText.ts";
import type { Flow, Verdict } from "./flow.ts";
import { paint, type PaintedPart } from "./paint.ts";
import { authText, withoutAuthSummary } from "./summaryText.ts";
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
  /** Colours for a terminal; tables have none. */
  readonly color: boolean;
}

/** How `hubble observe` prints when nothing is asked for, to a file. */
export const defaultPrintOptions: PrintOptions = {
  timeFormat: "StampMilli",
  nodeName: false,
  ipTranslation: true,
  policyNames: false,
  color: false,
};

/** The texts that every format prints of a flow, coloured when that is asked for. */
export interface PrintedFields {
  readonly time: string;
  readonly node: string;
  readonly source: string;
  readonly destination: string;
  readonly event: string;
  readonly verdict: string;
  readonly summary: string;
}

/** Makes the texts of a flow. Strangers' control characters are still in them. */
export function printedFields(flow: Flow, options: PrintOptions): PrintedFields {
  return {
    time: timeText(flow.time, options.timeFormat),
    node: flow.nodeName ?? "",
    source: printedHost(flow, "source", options),
    destination: printedHost(flow, "destination", options),
    event: eventText(flow),
    verdict: printedVerdict(flow, options),
    summary: printedSummary(flow, options),
  };
}

function printedHost(flow: Flow, side: FlowSide, { ipTranslation, color }: PrintOptions): string {
  const text = hostText(flow, side, ipTranslation);
  if (!color || !(flow.ip ?? flow.ethernet)) return text;
  const port = flow.ip ? portOf(flow, side) : 0;
  if (!port) return paint("host", text);
  return paint("host", text.slice(0, -String(port).length) + paint("port", String(port)));
}

const verdictParts: Readonly<Record<Verdict, PaintedPart | undefined>> = {
  VERDICT_UNKNOWN: undefined,
  FORWARDED: "allowed",
  REDIRECTED: "allowed",
  DROPPED: "denied",
  ERROR: "denied",
  AUDIT: "undecided",
  TRACED: "undecided",
  TRANSLATED: "undecided",
};

function printedVerdict(flow: Flow, { policyNames, color }: PrintOptions): string {
  const text = verdictText(flow, policyNames);
  const part = color ? verdictParts[flow.verdict] : undefined;
  return part ? paint(part, text) : text;
}

function printedSummary(flow: Flow, { color }: PrintOptions): string {
  const text = withoutAuthSummary(flow);
  const { authType } = flow;
  if (!authType) return text;
  const part = authType === "TEST_ALWAYS_FAIL" ? "denied" : "allowed";
  return `${text}${authText(color ? paint(part, authType) : authType)}`;
}
