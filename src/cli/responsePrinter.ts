import { FlowPrinter, type TextFormat } from "../flows/flowPrinter.ts";
import type { Flow, Notice } from "../flows/flow.ts";
import type { PrintOptions } from "../flows/printedFields.ts";
import { CompactBytes } from "../hubble/compactBytes.ts";
import { JsonTranscoder } from "../hubble/jsonTranscoder.ts";
import { printedLine } from "../hubble/printedLine.ts";
import { readResponse, type ReadResponse } from "../hubble/readResponse.ts";
import { ScannedFlow } from "../hubble/scannedFlow.ts";
import { maskLine } from "./fieldMask.ts";
import type { LineWriter } from "./lineWriter.ts";

/** What `--output` chooses. */
export type OutputFormat = TextFormat | "jsonpb";

export interface ResponsePrinterOptions {
  readonly format: OutputFormat;
  readonly print: PrintOptions;
  /** Of JSON, only these fields of a flow; absent: all. */
  readonly fieldMask?: readonly string[] | undefined;
  /** Also print which nodes come and go, not only what is wrong with them. */
  readonly isDebug: boolean;
}

/** Where printed responses go. Without an error stream, what would go there is not printed. */
export interface PrinterStreams {
  readonly out: LineWriter;
  readonly err: LineWriter | undefined;
}

/** Prints the bytes of `GetFlowsResponse` messages as the `hubble` CLI does, and counts those that cannot be read. */
export class ResponsePrinter {
  readonly #options: ResponsePrinterOptions;
  readonly #text: FlowPrinter | undefined;
  readonly #streams: PrinterStreams;
  readonly #transcoder: JsonTranscoder | undefined;
  readonly #compact: CompactBytes | undefined;
  #undecodable = 0;

  constructor(options: ResponsePrinterOptions, streams: PrinterStreams) {
    this.#options = options;
    this.#text = options.format === "jsonpb" ? undefined : new FlowPrinter(options.format, options.print);
    this.#streams = streams;
    this.#compact = options.format === "compact" ? new CompactBytes(options.print) : undefined;
    this.#transcoder = options.format === "jsonpb" && !options.fieldMask ? new JsonTranscoder() : undefined;
  }

  /** How many messages were not printed because they could not be read. */
  get undecodable(): number {
    return this.#undecodable;
  }

  /**
   * Prints a message that nobody has to read for that: a flow in JSON. Answers whether it was printed; of all else it is
   * to be read what it says, and given to {@link print}.
   */
  printUnread(raw: Uint8Array): boolean {
    const line = this.#transcoder?.line(raw);
    if (line) this.#streams.out.writeBytes(line);
    return line !== undefined;
  }

  /** Flows and lost events go out, a node's status goes to the error stream. */
  print(raw: Uint8Array, response: ReadResponse = readResponse(raw)): void {
    if (response.kind === "undecodable") {
      this.#undecodable += 1;
      return;
    }
    if (response.kind === "flow") {
      if (this.printUnread(raw) || this.#printScanned(response.flow)) return;
      this.#streams.out.write(this.#json(raw) ?? this.#text?.flow(response.flow));
    } else if (response.notice.kind !== "node-status") {
      this.#streams.out.write(this.#json(raw) ?? this.#text?.notice(response.notice));
    } else if (this.#streams.err && this.#isTold(response.notice)) {
      this.#streams.err.write(this.#json(raw) ?? this.#text?.notice(response.notice));
    }
  }

  /** Prints what waited for the end: a table, whose columns are as wide as all of it needs. */
  end(): void {
    this.#streams.out.write(this.#text?.end());
  }

  #printScanned(flow: Flow): boolean {
    if (!this.#compact || !(flow instanceof ScannedFlow)) return false;
    const line = this.#compact.line(flow);
    if (line) this.#streams.out.writeBytes(line);
    return line !== undefined;
  }

  #isTold({ state }: Extract<Notice, { readonly kind: "node-status" }>): boolean {
    return this.#options.isDebug || state === "NODE_ERROR" || state === "NODE_UNAVAILABLE";
  }

  #json(raw: Uint8Array): string | undefined {
    const { format, fieldMask } = this.#options;
    if (format !== "jsonpb") return undefined;
    const line = printedLine(raw);
    return fieldMask ? maskLine(line, fieldMask) : line;
  }
}
