import { readCapture } from "../hubble/captureFile.ts";
import type { CaptureSummary, FlowSource } from "../protocol/engine.ts";
import { CancelledError } from "./cancelledError.ts";

export interface CaptureReadingsOptions {
  /** What is there ends: flows come from a capture from now on, or, after a cancelled one, from nowhere. */
  readonly begin: () => void;
  /** Takes one message of the capture. */
  readonly accept: (raw: Uint8Array) => void;
  /** How many flows were taken since it was begun. */
  readonly flows: () => number;
  /** What the flows that are held come from is this now. */
  readonly show: (source: FlowSource) => void;
}

/**
 * Reads captures in place of what is there, which stays until the first message of the file has been read: a wrong file
 * costs nothing. What was begun and is cancelled or breaks off leaves nothing behind.
 */
export class CaptureReadings {
  readonly #options: CaptureReadingsOptions;
  readonly #running = new Set<AbortController>();
  /** The one whose flows are taken now. */
  #begun: AbortController | undefined;

  constructor(options: CaptureReadingsOptions) {
    this.#options = options;
  }

  /** Reads a file; rejects with what is wrong with it, or with a {@link CancelledError}. */
  async open(path: string): Promise<CaptureSummary> {
    const { accept, flows, show } = this.#options;
    const reading = new AbortController();
    const { signal } = reading;
    this.#running.add(reading);
    let [bytesRead, totalBytes] = [0, 0];
    const showProgress = () => {
      if (this.#begun === reading) show({ kind: "reading", path, bytesRead, totalBytes });
    };
    const begin = () => {
      if (this.#begun === reading) return;
      this.#begin(reading);
      showProgress();
    };
    const onMessage = (raw: Uint8Array) => {
      if (signal.aborted) return;
      begin();
      accept(raw);
    };
    const onProgress = (bytes: number, total: number) => {
      [bytesRead, totalBytes] = [bytes, total];
      showProgress();
    };
    try {
      const { brokenCount, brokenLines } = await readCapture(path, onMessage, { signal, onProgress });
      begin();
      const summary: CaptureSummary = { path, flows: flows(), brokenCount, brokenLines };
      show({ kind: "capture", summary });
      return summary;
    } catch (error) {
      if (signal.aborted) throw new CancelledError(`Reading ${path} was cancelled.`);
      if (this.#begun === reading) this.#clear();
      throw error;
    } finally {
      this.#running.delete(reading);
      if (this.#begun === reading) this.#begun = undefined;
    }
  }

  /** Ends every reading; what one of them has brought goes. */
  cancel(): void {
    for (const reading of this.#running) reading.abort();
    this.#running.clear();
    if (this.#begun) this.#clear();
  }

  #begin(reading: AbortController): void {
    for (const other of this.#running) if (other !== reading) other.abort();
    this.#begun = reading;
    this.#options.begin();
  }

  #clear(): void {
    this.#begun = undefined;
    this.#options.begin();
    this.#options.show({ kind: "none" });
  }
}
