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
  const start = options.nodeName ? `${time} [${node}]: ` : `${time}: `;
  const end = ` ${event} ${verdict} (${summary})`;
  const line =
    flow.isReply === true
      ? `${start}${to} <- ${from}${end}`
      : `${start}${from} ${flow.isReply === undefined ? "<>" : "->"} ${to}${end}`;
  return withoutEscapes(line, options.color);
}

function printedIdentity(identity: number, { color }: PrintOptions): string {
  const text = identityText(identity);
  return color ? paint("identity", text) : text;
}
