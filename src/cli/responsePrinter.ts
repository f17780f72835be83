import { noticeText } from "../flows/noticeText.ts";
import { compactLine, type PrintOptions, withoutEscapes } from "../flows/printCompact.ts";
import { responseToJson } from "../hubble/jsonpb.ts";
import { readResponse } from "../hubble/readResponse.ts";
import type { LineWriter } from "./lineWriter.ts";

export type OutputFormat = "compact" | "jsonpb";

/** Where printed responses go. */
export interface PrinterStreams {
  readonly out: LineWriter;
  readonly err: LineWriter;
}

/** Prints the bytes of `GetFlowsResponse` messages as the `hubble` CLI does, and counts those that cannot be read. */
export class ResponsePrinter {
  readonly #format: OutputFormat;
  readonly #options: PrintOptions;
  readonly #streams: PrinterStreams;
  #undecodable = 0;

  constructor(format: OutputFormat, options: PrintOptions, streams: PrinterStreams) {
    this.#format = format;
    this.#options = options;
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
    let stream = this.#streams.out;
    if (response.kind === "notice" && response.notice.kind === "node-status") {
      const { state } = response.notice;
      if (state !== "NODE_ERROR" && state !== "NODE_UNAVAILABLE") return;
      stream = this.#streams.err;
    }
    if (this.#format === "jsonpb") stream.write(responseToJson(raw));
    else if (response.kind === "flow") stream.write(compactLine(response.flow, this.#options));
    else stream.write(withoutEscapes(noticeText(response.notice, this.#options.timeFormat)));
  }
}
