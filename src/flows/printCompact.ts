import type { Flow } from "./flow.ts";
import { identityText } from "./identityText.ts";
import { paint, withoutEscapes } from "./paint.ts";
import { defaultPrintOptions, printedFields, type PrintOptions } from "./printedFields.ts";

/**
 * One flow on one line, byte for byte as `hubble observe -o compact` prints it. The client stands on the left: the arrow
 * is `->` on its way, `<-` on replies, `<>` where the datapath does not know.
 */
export function compactLine(flow: Flow, options: PrintOptions = defaultPrintOptions): string {
  const { time, node, source, destination, event, verdict, summary } = printedFields(flow, options);
  const from = `${source} ${printedIdentity(flow.source.identity, options)}`;
  const to = `${destination} ${printedIdentity(flow.destination.identity, options)}`;
  const arrow = flow.isReply === undefined ? "<>" : flow.isReply ? "<-" : "->";
  const [left, right] = flow.isReply === true ? [to, from] : [from, to];
  const where = options.nodeName ? ` [${node}]` : "";
  const line = `${time}${where}: ${left} ${arrow} ${right} ${event} ${verdict} (${summary})`;
  return withoutEscapes(line, options.color);
}

function printedIdentity(identity: number, { color }: PrintOptions): string {
  const text = identityText(identity);
  return color ? paint("identity", text) : text;
}
