import { assertNever } from "../base/assertNever.ts";
import type { Flow, Notice } from "./flow.ts";
import { noticeText } from "./noticeText.ts";
import { withoutEscapes } from "./paint.ts";
import { compactLine } from "./printCompact.ts";
import { dictFlow, dictLost, dictSeparator, dictStatus } from "./printDict.ts";
import { tableHead, tableLost, tableRow } from "./printTable.ts";
import type { PrintOptions } from "./printedFields.ts";
import { TabWriter } from "./tabWriter.ts";

/** The formats that are for people to read; JSON is the business of whoever knows the wire. */
export const textFormats = ["compact", "dict", "table"] as const;
export type TextFormat = (typeof textFormats)[number];

/**
 * Prints flows and notices one after the other, byte for byte as the `hubble` CLI does. Each call answers the lines to
 * print now, without the last line end; undefined: none now, as a table waits for its end.
 */
export class FlowPrinter {
  readonly #format: TextFormat;
  readonly #options: PrintOptions;
  readonly #table = new TabWriter();
  #isFirst = true;

  constructor(format: TextFormat, options: PrintOptions) {
    this.#format = format;
    this.#options = options;
  }

  flow(flow: Flow): string | undefined {
    switch (this.#format) {
      case "compact":
        return compactLine(flow, this.#options);
      case "dict":
        return this.#separated(dictFlow(flow, this.#options));
      case "table":
        return this.#row(tableRow(flow, this.#options));
      default:
        return assertNever(this.#format);
    }
  }

  /** Lost events stand among the flows; the CLI prints a node's status to the error stream, and so should a caller. */
  notice(notice: Notice): string | undefined {
    switch (this.#format) {
      case "compact":
        break;
      case "dict":
        if (notice.kind === "lost-events") return this.#separated(dictLost(notice, this.#options));
        if (notice.kind === "node-status") return this.#separated(dictStatus(notice, this.#options));
        break;
      case "table":
        if (notice.kind === "lost-events") return this.#row(tableLost(notice, this.#options));
        break;
      default:
        return assertNever(this.#format);
    }
    return withoutEscapes(noticeText(notice, this.#options.timeFormat));
  }

  /** What still waits to be printed. */
  end(): string | undefined {
    return this.#table.end();
  }

  #separated(entry: string): string {
    const text = this.#isFirst ? entry : `${dictSeparator}\n${entry}`;
    this.#isFirst = false;
    return text;
  }

  #row(row: string): string | undefined {
    const rows = this.#isFirst ? `${tableHead(this.#options)}\n${row}` : row;
    this.#isFirst = false;
    return this.#table.write(rows);
  }
}
