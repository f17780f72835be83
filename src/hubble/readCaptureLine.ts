import type { Flow, Notice } from "../flows/flow.ts";
import { isJsonLine, lineText, responseFromJson } from "./jsonpb.ts";
import { readPlainLine } from "./readPlainLine.ts";
import { readResponse } from "./readResponse.ts";

/** One event of a capture. */
export interface CaptureEvent {
  /**
   * The event for whoever keeps it: `readResponse` and `responseToJson` read it again. The line itself, mostly, and then a
   * view of what was read from the file: to keep a few of very many, copy them.
   */
  readonly raw: Uint8Array;
  readonly response:
    | { readonly kind: "flow"; readonly flow: Flow }
    | { readonly kind: "notice"; readonly notice: Notice };
}

/** What one line of a capture holds; with `skipped` it is well-formed, but neither a flow nor a notice. */
export type CaptureLine = CaptureEvent | { readonly error: string; readonly skipped?: boolean } | undefined;

/** Reads one line of a capture, in any of the forms that `responseFromJson` knows; `undefined` for a blank one. Never throws. */
export function readCaptureLine(line: Uint8Array): CaptureLine {
  const flow = isJsonLine(line) ? readPlainLine(line) : undefined;
  if (flow) return { raw: line, response: { kind: "flow", flow } };
  const text = lineText(line);
  if (text.trim() === "") return undefined;
  const read = responseFromJson(text);
  if ("error" in read) return read;
  const response = readResponse(read.raw);
  return response.kind === "undecodable" ? { error: response.message } : { raw: read.raw, response };
}
