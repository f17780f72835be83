import { FlowPrinter, type TextFormat } from "../flows/flowPrinter.ts";
import type { PrintOptions } from "../flows/printedFields.ts";
import { responseToJson } from "../hubble/jsonpb.ts";
import { readResponse } from "../hubble/readResponse.ts";
import type { LineWriter } from "./lineWriter.ts";

/** What `--output` chooses; `json` and `tab` are other names of two of them. */
export type OutputFormat = TextFormat | "jsonpb";

/** Where printed responses go. Without an error stream, what would go there is not printed. */
export interface PrinterStreams {
  readonly out: LineWriter;
  readonly err: LineWriter | undefined;
}

/** Prints the bytes of `GetFlowsResponse` messages as the `hubble` CLI does, and counts those that cannot be read. */
export class ResponsePrinter {
  readonly #text: FlowPrinter | undefined;
  readonly #streams: PrinterStreams;
  #undecodable = 0;

  constructor(format: OutputFormat, options: PrintOptions, streams: PrinterStreams) {
    this.#text = format === "jsonpb" ? undefined : new FlowPrinter(format, options);
    this.#streams = streams;
  }

  /** How many messages were not printed because they could not be read. */
  get undecodable(): number {
    return this.#undecodable;
  }

  /** Flows and lost events go out; of node status only what is wrong is printed, to the error stream. */
  print(raw: Uint8Array): void {
    const response = readResponse(raw);
    if (response.kind === "undecodable") {
      this.#undecodable += 1;
      return;
    }
    let stream: LineWriter | undefined = this.#streams.out;
    if (response.kind === "notice" && response.notice.kind === "node-status") {
      const { state } = response.notice;
      if (state !== "NODE_ERROR" && state !== "NODE_UNAVAILABLE") return;
      stream = this.#streams.err;
    }
    const text = this.#text;
    const line = !text
      ? responseToJson(raw)
      : response.kind === "flow"
        ? text.flow(response.flow)
        : text.notice(response.notice);
    if (line !== undefined) stream?.write(line);
  }

  /** Prints what waited for the end: a table, whose columns are as wide as all of it needs. */
  end(): void {
    const rest = this.#text?.end();
    if (rest !== undefined) this.#streams.out.write(rest);
  }
}
