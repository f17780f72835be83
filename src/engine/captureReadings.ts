import { captureFiles } from "../hubble/captureSet.ts";
import { type FollowState, followCapture } from "../hubble/followCapture.ts";
import { readCaptures } from "../hubble/readCaptures.ts";
import type { CaptureEvent } from "../hubble/readCaptureLine.ts";
import type { CaptureSummary, FlowSource } from "../protocol/engine.ts";
import { CancelledError } from "./cancelledError.ts";
import { captureSummary, followSummary } from "./captureSummary.ts";

export interface CaptureReadingsOptions {
  /** What is there ends: flows come from a capture from now on, or, after a cancelled one, from nowhere. */
  readonly begin: () => void;
  /** Takes one event of the capture. */
  readonly accept: (raw: CaptureEvent["raw"], response: CaptureEvent["response"]) => void;
  /** How many flows were taken since it was begun. */
  readonly flows: () => number;
  /** What the flows that are held come from is this now. */
  readonly show: (source: FlowSource) => void;
}

interface Reading {
  readonly abort: AbortController;
  readonly isFollowing: boolean;
}

/**
 * Reads captures in place of what is there, which stays until the first event was read: a wrong file costs nothing. What
 * was begun and is cancelled or breaks off leaves nothing behind; what was followed stays, as the capture that it is.
 */
export class CaptureReadings {
  readonly #options: CaptureReadingsOptions;
  readonly #running = new Set<Reading>();
  /** The one whose flows are taken now. */
  #begun: Reading | undefined;

  constructor(options: CaptureReadingsOptions) {
    this.#options = options;
  }

  /** Reads files and the captures of folders; rejects with what is wrong with them, or with a {@link CancelledError}. */
  async open(paths: readonly [string, ...string[]]): Promise<CaptureSummary> {
    const { flows, show } = this.#options;
    const [path] = paths;
    const reading = this.#add(false);
    const { signal } = reading.abort;
    let [bytesRead, totalBytes, files] = [0, 0, paths.length];
    const showProgress = () => {
      if (this.#begun === reading) show({ kind: "reading", path, bytesRead, totalBytes, files });
    };
    const onMessage = this.#taking(reading, showProgress);
    const onProgress = (bytes: number, total: number) => {
      [bytesRead, totalBytes] = [bytes, total];
      showProgress();
    };
    try {
      const found = await captureFiles(paths, signal);
      files = found.length;
      const results = await readCaptures(found, onMessage, { signal, onProgress });
      this.#begin(reading, showProgress);
      const summary = captureSummary(path, flows(), results);
      show({ kind: "capture", summary });
      return summary;
    } catch (error) {
      if (signal.aborted) throw new CancelledError(`Reading ${path} was cancelled.`);
      if (this.#begun === reading) this.#clear();
      throw error;
    } finally {
      this.#remove(reading);
    }
  }

  /**
   * Follows a file until it is cancelled. Resolves once all that it holds is read, or it is waited for; rejects with what is
   * wrong with it, or with a {@link CancelledError}. What goes wrong later ends it, and is shown.
   */
  async follow(path: string): Promise<void> {
    const { flows, show } = this.#options;
    const reading = this.#add(true);
    const { signal } = reading.abort;
    let state: FollowState = { kind: "waiting" };
    let rotations = 0;
    const showState = () => {
      if (this.#begun === reading) show({ kind: "following", path, state, rotations });
    };
    let proceed: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const following = followCapture(path, this.#taking(reading, showState), {
      signal,
      onState: (now) => {
        const isNew = JSON.stringify(now) !== JSON.stringify(state);
        state = now;
        if (now.kind !== "catching-up") this.#begin(reading, showState);
        if (isNew) showState();
        if (now.kind !== "catching-up") proceed();
      },
      onRotation: (count) => {
        rotations = count;
      },
    });
    const over = following
      .then((result) => {
        if (this.#begun !== reading) throw new CancelledError(`Following ${path} was cancelled.`);
        show({ kind: "capture", summary: followSummary(path, flows(), result) });
      })
      .catch((error: unknown) => {
        if (this.#begun === reading && !(error instanceof CancelledError)) {
          const message = error instanceof Error ? error.message : String(error);
          show({ kind: "capture", summary: followSummary(path, flows(), undefined, message) });
        }
        throw error;
      })
      .finally(() => {
        this.#remove(reading);
      });
    // Whoever asked is told of what goes wrong until then; later the capture itself says it.
    over.catch(() => undefined);
    await Promise.race([underWay, over]);
  }

  /** Ends every reading; what one of them has brought goes, unless it was followed. */
  cancel(): void {
    for (const { abort } of this.#running) abort.abort();
    const begun = this.#begun;
    for (const reading of this.#running) if (!reading.isFollowing) this.#running.delete(reading);
    if (begun && !begun.isFollowing) this.#clear();
  }

  /** As {@link cancel}, and nothing more is shown of any of them: something else takes their place. */
  drop(): void {
    this.cancel();
    this.#running.clear();
    this.#begun = undefined;
  }

  #add(isFollowing: boolean): Reading {
    const reading = { abort: new AbortController(), isFollowing };
    this.#running.add(reading);
    return reading;
  }

  #remove(reading: Reading): void {
    this.#running.delete(reading);
    if (this.#begun === reading) this.#begun = undefined;
  }

  #taking(reading: Reading, show: () => void): CaptureReadingsOptions["accept"] {
    const { accept } = this.#options;
    return (raw, response) => {
      if (reading.abort.signal.aborted) return;
      this.#begin(reading, show);
      accept(raw, response);
    };
  }

  #begin(reading: Reading, show: () => void): void {
    if (this.#begun === reading || reading.abort.signal.aborted) return;
    for (const other of this.#running) {
      if (other === reading) continue;
      this.#running.delete(other);
      other.abort.abort();
    }
    this.#begun = reading;
    this.#options.begin();
    show();
  }

  #clear(): void {
    this.#begun = undefined;
    this.#options.begin();
    this.#options.show({ kind: "none" });
  }
}
