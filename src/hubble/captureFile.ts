import { setImmediate } from "node:timers/promises";
import { captureBytes, type CaptureProgress } from "./captureBytes.ts";
import { CaptureError, type CaptureTrouble } from "./captureError.ts";
import { captureForm, refuseBinary } from "./captureSignature.ts";
import { LineSplitter } from "./lineSplitter.ts";
import { type CaptureEvent, readCaptureLine } from "./readCaptureLine.ts";

export { CaptureError, type CaptureErrorKind, type CaptureTrouble } from "./captureError.ts";

/** What reading a capture came to. */
export interface CaptureResult {
  /** Flows and notices read. */
  readonly messages: number;
  /** Well-formed lines that hold neither, such as an agent's events. */
  readonly skipped: number;
  readonly brokenCount: number;
  /** The first 100 of the broken lines. */
  readonly brokenLines: readonly BrokenLine[];
  /** Why not all of the file could be read. */
  readonly trouble?: CaptureTrouble;
}

/** A line that could not be read, `line` counted from 1. */
export interface BrokenLine {
  readonly line: number;
  readonly message: string;
}

export interface CaptureOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: CaptureProgress;
}

/** Takes one event: its bytes, and what they say. */
export type OnCaptureEvent = (raw: CaptureEvent["raw"], response: CaptureEvent["response"]) => void;

/** So long at most does reading keep the thread to itself. */
const sliceMs = 8;
/** Some forty lines: between two looks at the clock. */
const sliceBytes = 64 << 10;
const brokenLinesListed = 100;
/** What is wrong with a line may quote it, whatever its length. */
const messageLength = 300;

/**
 * Reads a file of JSON lines, plain or gzip, and hands each flow or notice on, in order. The thread is left to others
 * every few ms. Broken lines are counted, not fatal; an empty file is an empty capture. Holds a chunk and a line at a time.
 * Rejects with a {@link CaptureError}, or with the signal's reason.
 */
export async function readCapture(
  path: string,
  onMessage: OnCaptureEvent,
  options: CaptureOptions,
): Promise<CaptureResult> {
  const bytes = captureBytes(path, options);
  const result = await readCaptureStream(bytes.chunks, path, onMessage, options.signal);
  const trouble = bytes.trouble();
  return trouble ? { ...result, trouble } : result;
}

/** Reads chunks of JSON lines, as {@link readCapture} does; `name` is for messages. */
export async function readCaptureStream(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  onMessage: OnCaptureEvent,
  signal: AbortSignal,
): Promise<CaptureResult> {
  const lines = new CaptureLines(onMessage);
  let isFirst = true;
  let beganMs = performance.now();
  for await (const chunk of chunks) {
    if (isFirst) refuseBinary(chunk, name);
    isFirst = false;
    for (let start = 0; start < chunk.length; start += sliceBytes) {
      signal.throwIfAborted();
      lines.push(chunk.subarray(start, start + sliceBytes));
      if (performance.now() - beganMs < sliceMs) continue;
      await setImmediate();
      beganMs = performance.now();
    }
  }
  signal.throwIfAborted();
  lines.end();
  const result = lines.result();
  const first = result.brokenLines[0];
  if (result.messages === 0 && result.skipped === 0 && first) {
    const { line, message } = first;
    throw new CaptureError(
      "not-a-capture",
      `${name} holds no flows: no line of it is Hubble's JSON (line ${line}: ${message}). ${captureForm}`,
    );
  }
  return result;
}

/** Reads the lines of chunks, and counts what they come to. */
export class CaptureLines {
  readonly #splitter: LineSplitter;
  readonly #brokenLines: BrokenLine[] = [];
  #messages = 0;
  #skipped = 0;
  #brokenCount = 0;

  constructor(onMessage: OnCaptureEvent) {
    this.#splitter = new LineSplitter((bytes, line) => {
      const read = bytes ? readCaptureLine(bytes) : { error: "the line is too long" };
      if (!read) return;
      if ("raw" in read) {
        this.#messages += 1;
        onMessage(read.raw, read.response);
      } else if (read.skipped) this.#skipped += 1;
      else this.#broken(line, read.error);
    });
  }

  push(chunk: Uint8Array): void {
    this.#splitter.push(chunk);
  }

  /** Reads what is left after the last line end. */
  end(): void {
    this.#splitter.end();
  }

  result(): CaptureResult {
    return {
      messages: this.#messages,
      skipped: this.#skipped,
      brokenCount: this.#brokenCount,
      brokenLines: this.#brokenLines,
    };
  }

  #broken(line: number, message: string): void {
    this.#brokenCount += 1;
    if (this.#brokenLines.length < brokenLinesListed) {
      this.#brokenLines.push({ line, message: message.slice(0, messageLength) });
    }
  }
}
