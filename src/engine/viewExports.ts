import { randomBytes } from "node:crypto";
import { open, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setImmediate, setTimeout } from "node:timers/promises";
import { flowCsvHead, flowCsvLine } from "../flows/flowCsv.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { printedLine } from "../hubble/printedLine.ts";
import { readResponse } from "../hubble/readResponse.ts";
import { RecordingError, recordingError } from "../hubble/recordingFiles.ts";
import { Redaction } from "../hubble/redaction.ts";
import { writeNotice } from "../hubble/writeResponse.ts";
import type { ExportOptions, ExportProgress, ExportSummary } from "../protocol/engine.ts";
import { CancelledError } from "./cancelledError.ts";
import type { RowList } from "./rowList.ts";

export interface ViewExportsOptions {
  readonly store: FlowStore;
  /** The store's rows that are in a view now. */
  readonly storeRows: (view: number) => Rows;
  /** Has a view looked at all that is held? */
  readonly hasCaughtUp: (view: number) => boolean;
  readonly onChange: () => void;
}

/** The store's rows to be written; a list of a view's own, or a person's choice. */
type Rows = Pick<RowList, "length" | "at">;

/** So long at most does an export keep the thread to itself. */
const sliceMs = 8;
const catchUpMs = 5_000;
/** Between two looks at the clock. */
const sliceRows = 32;
const lineEnds = { jsonpb: "\n", csv: "\r\n" } as const;

/** Writes views to files, one at a time. A file gets its name when it is whole: what fails or is cancelled leaves none. */
export class ViewExports {
  readonly #options: ViewExportsOptions;
  #progress: ExportProgress | undefined;
  #running: AbortController | undefined;

  constructor(options: ViewExportsOptions) {
    this.#options = options;
  }

  get progress(): ExportProgress | undefined {
    return this.#progress;
  }

  /** Writes what is held now; rejects with a `RecordingError` or a {@link CancelledError}. */
  async export(options: ExportOptions): Promise<ExportSummary> {
    if (this.#running) throw new Error("Another export is under way. Cancel it, or wait for its end.");
    const running = new AbortController();
    this.#running = running;
    try {
      return await this.#write(options, running.signal);
    } finally {
      this.#running = undefined;
      this.#progress = undefined;
      this.#options.onChange();
    }
  }

  cancel(): void {
    this.#running?.abort();
  }

  async #write(options: ExportOptions, signal: AbortSignal): Promise<ExportSummary> {
    const { path, overwrite } = options;
    if (!overwrite) await refuseExisting(path);
    const unfinished = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString("hex")}.part`);
    try {
      const summary = await this.#writeRows(options, unfinished, signal);
      if (!overwrite) await refuseExisting(path);
      await rename(unfinished, path);
      return summary;
    } catch (error) {
      // There may be none: that is what failed, then.
      await unlink(unfinished).catch(() => undefined);
      if (signal.aborted) throw new CancelledError(`Writing ${path} was cancelled.`);
      throw recordingError(path, error);
    }
  }

  async #writeRows(options: ExportOptions, to: string, signal: AbortSignal): Promise<ExportSummary> {
    const { view, path, format } = options;
    if (!options.rows) await this.#untilCaughtUp(view, signal);
    const rows: Rows = options.rows ?? this.#options.storeRows(view);
    const line = this.#lineMaker(options);
    const end = lineEnds[format];
    let [flows, bytes, notHeld] = [0, 0, 0];
    const handle = await open(to, "wx", 0o600);
    try {
      let block = format === "csv" ? `${flowCsvHead}${end}` : "";
      let beganMs = performance.now();
      for (let index = 0; index < rows.length; index++) {
        const made = line(rows.at(index) ?? -1);
        if (made === "not held") notHeld += 1;
        else if (made) {
          if (made.isFlow) flows += 1;
          block += made.text + end;
        }
        if ((index + 1) % sliceRows !== 0 || performance.now() - beganMs < sliceMs) continue;
        bytes += await writeAll(handle, block);
        block = "";
        this.#progress = { path, done: index + 1, total: rows.length };
        this.#options.onChange();
        await setImmediate();
        signal.throwIfAborted();
        beganMs = performance.now();
      }
      bytes += await writeAll(handle, block);
      return { path, flows, bytes, notHeld };
    } finally {
      await handle.close();
    }
  }

  /** A view that was just opened fills slice by slice, one of a rule only as it is counted: not for ever. */
  async #untilCaughtUp(view: number, signal: AbortSignal): Promise<void> {
    const beganMs = performance.now();
    while (!this.#options.hasCaughtUp(view) && performance.now() - beganMs < catchUpMs) {
      await setTimeout(1);
      signal.throwIfAborted();
    }
  }

  /** What makes the line of a row; `undefined` for one that the format has no line for. */
  #lineMaker({ format, redact }: ExportOptions): (row: number) => Line | "not held" | undefined {
    const { store } = this.#options;
    const redaction = redact ? new Redaction() : undefined;
    const json = (raw: Uint8Array) => (redaction ? redaction.json(raw) : printedLine(raw));
    return (row) => {
      const notice = store.noticeAt(row);
      // A gap is ours alone; CSV has flows only.
      if (notice?.kind === "gap" || (notice && format === "csv")) return undefined;
      if (notice) return { text: json(writeNotice(notice)), isFlow: false };
      const raw = store.rawAt(row);
      if (!raw) return "not held";
      if (format === "jsonpb") return { text: json(raw), isFlow: true };
      const response = readResponse(redaction ? redaction.bytes(raw) : raw);
      return response.kind === "flow" ? { text: flowCsvLine(response.flow), isFlow: true } : undefined;
    };
  }
}

interface Line {
  readonly text: string;
  readonly isFlow: boolean;
}

async function writeAll(handle: Awaited<ReturnType<typeof open>>, text: string): Promise<number> {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    written += (await handle.write(bytes, written)).bytesWritten;
  }
  return bytes.length;
}

async function refuseExisting(path: string): Promise<void> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  throw new RecordingError("exists", `There is a file ${path} already. Choose another name.`, undefined);
}
