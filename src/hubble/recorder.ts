import { setImmediate } from "node:timers/promises";
import { responseToJson } from "./jsonpb.ts";
import { RecordingFiles, type RecordingFilesOptions } from "./recordingFiles.ts";
import { Redaction } from "./redaction.ts";

export interface RecorderOptions extends RecordingFilesOptions {
  readonly redact: boolean;
  /** Called when the figures are others, and when it failed. */
  readonly onChange: () => void;
  /** The most bytes of events that may wait for the disk; what comes then is not recorded, and counted. */
  readonly maxWaitingBytes?: number;
}

export interface RecorderFigures {
  readonly flows: number;
  readonly bytes: number;
  readonly files: number;
  readonly notRecorded: number;
  readonly failure?: string;
}

interface Waiting {
  readonly raw: Uint8Array;
  readonly isFlow: boolean;
}

const defaultWaitingBytes = 64 << 20;
/** So long at most does turning events into lines keep the thread to itself. */
const sliceMs = 8;
/** Between two looks at the clock. */
const sliceEvents = 32;

/**
 * Writes events to a file as lines of JSON, which `hubble observe --input-file` and we ourselves read again. Taking an
 * event costs a copy of its bytes; lines are made and written meanwhile, in slices. Nothing is left out silently.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #files: RecordingFiles;
  readonly #toLine: (raw: Uint8Array) => string;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #flows = 0;
  #notRecorded = 0;
  #failure: string | undefined;
  #draining: Promise<void> | undefined;
  #isEnded = false;

  private constructor(files: RecordingFiles, options: RecorderOptions) {
    this.#options = options;
    this.#files = files;
    const redaction = options.redact ? new Redaction() : undefined;
    this.#toLine = redaction ? (raw) => redaction.json(raw) : responseToJson;
  }

  /** Begins a file, which must not be there yet. Rejects with a `RecordingError`. */
  static async start(options: RecorderOptions): Promise<Recorder> {
    return new Recorder(await RecordingFiles.create(options), options);
  }

  /** What is in the files. */
  get figures(): RecorderFigures {
    const { bytes, files } = this.#files;
    const failure = this.#failure;
    return {
      ...{ flows: this.#flows, bytes, files, notRecorded: this.#notRecorded },
      ...(failure !== undefined && { failure }),
    };
  }

  /** Takes an event; the bytes are copied. */
  add(raw: Uint8Array, isFlow: boolean): void {
    if (this.#isEnded || this.#failure !== undefined) return;
    const { maxWaitingBytes = defaultWaitingBytes } = this.#options;
    if (this.#waitingBytes + raw.length > maxWaitingBytes) {
      this.#notRecorded += 1;
      this.#options.onChange();
      return;
    }
    this.#waiting.push({ raw: Uint8Array.prototype.slice.call(raw), isFlow });
    this.#waitingBytes += raw.length;
    this.#draining ??= this.#drain();
  }

  /** Takes nothing any more; resolves when all that was taken is in the file, or it failed. */
  async end(): Promise<RecorderFigures> {
    this.#isEnded = true;
    await this.#draining;
    await this.#guard(() => this.#files.close());
    return this.figures;
  }

  async #drain(): Promise<void> {
    // Whoever adds goes on first.
    await setImmediate();
    while (this.#waiting.length > 0 && this.#failure === undefined) {
      await this.#guard(() => this.#writeSlice());
      this.#options.onChange();
      await setImmediate();
    }
    this.#draining = undefined;
  }

  async #writeSlice(): Promise<void> {
    const beganMs = performance.now();
    const lines: string[] = [];
    let [taken, flows, bytes] = [0, 0, 0];
    for (const { raw, isFlow } of this.#waiting) {
      lines.push(this.#toLine(raw));
      taken += 1;
      bytes += raw.length;
      if (isFlow) flows += 1;
      if (taken % sliceEvents === 0 && performance.now() - beganMs >= sliceMs) break;
    }
    this.#waiting = this.#waiting.slice(taken);
    await this.#files.append(lines);
    // Until it is written it takes memory.
    this.#waitingBytes -= bytes;
    this.#flows += flows;
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failure ??= error instanceof Error ? error.message : String(error);
      this.#waiting = [];
      this.#waitingBytes = 0;
      this.#options.onChange();
    }
  }
}
