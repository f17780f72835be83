import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { LineSplitter } from "./lineSplitter.ts";
import { responseFromJson } from "./jsonpb.ts";

/** What reading a capture came to. */
export interface CaptureResult {
  /** Flows and notices read. */
  readonly messages: number;
  /** Well-formed lines that hold neither, such as an agent's events. */
  readonly skipped: number;
  readonly brokenCount: number;
  /** The first 100 of the broken lines, `line` counted from 1. */
  readonly brokenLines: readonly { readonly line: number; readonly message: string }[];
}

export interface CaptureOptions {
  readonly signal: AbortSignal;
  /** Called after each chunk; the total is 0 when it is not known (a pipe). */
  readonly onProgress?: (bytesRead: number, totalBytes: number) => void;
}

export type CaptureErrorKind = "not-found" | "not-a-file" | "unreadable" | "not-a-capture";

/** A capture could not be read. The message is one plain sentence that names the file. */
export class CaptureError extends Error {
  readonly kind: CaptureErrorKind;

  constructor(kind: CaptureErrorKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "CaptureError";
    this.kind = kind;
  }
}

const chunkBytes = 1 << 20;
const brokenLinesListed = 100;

/**
 * Reads a file of JSON lines and hands each flow or notice on as the bytes of a `GetFlowsResponse`, in order.
 * Broken lines are counted, not fatal; an empty file is an empty capture. Holds one chunk and one line at a time.
 * Rejects with a {@link CaptureError}, or with the signal's reason.
 */
export async function readCapture(
  path: string,
  onMessage: (raw: Uint8Array) => void,
  options: CaptureOptions,
): Promise<CaptureResult> {
  const { signal, onProgress } = options;
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw new CaptureError("not-a-file", `${path} is a folder.`);
    const stream = createReadStream(path, { highWaterMark: chunkBytes, signal });
    const total = found.isFile() ? found.size : 0;
    let bytesRead = 0;
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for await (const chunk of stream as AsyncIterable<Uint8Array>) {
        yield chunk;
        bytesRead += chunk.length;
        onProgress?.(bytesRead, total);
      }
    };
    return await readCaptureStream(chunks(), path, onMessage, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw readingError(path, error);
  }
}

/** Reads chunks of JSON lines, as {@link readCapture} does; `name` is for messages. */
export async function readCaptureStream(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  onMessage: (raw: Uint8Array) => void,
  signal: AbortSignal,
): Promise<CaptureResult> {
  const brokenLines: { readonly line: number; readonly message: string }[] = [];
  let messages = 0;
  let skipped = 0;
  let brokenCount = 0;
  const broken = (line: number, message: string): void => {
    brokenCount += 1;
    if (brokenLines.length < brokenLinesListed) brokenLines.push({ line, message });
  };
  const splitter = new LineSplitter((text, line) => {
    if (text === undefined) {
      broken(line, "the line is too long");
      return;
    }
    if (text.trim() === "") return;
    const read = responseFromJson(text);
    if ("raw" in read) {
      messages += 1;
      onMessage(read.raw);
    } else if (read.skipped) skipped += 1;
    else broken(line, read.error);
  });
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    splitter.push(chunk);
  }
  signal.throwIfAborted();
  splitter.end();
  if (messages === 0 && skipped === 0 && brokenLines[0]) {
    const { line, message } = brokenLines[0];
    throw new CaptureError(
      "not-a-capture",
      `${name} holds no flows: no line of it is Hubble's JSON (line ${line}: ${message}).`,
    );
  }
  return { messages, skipped, brokenCount, brokenLines };
}

/** What the file system said, in plain words; anything else is a bug of the caller's and stays what it is. */
function readingError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || error instanceof CaptureError) return error;
  switch (error.code) {
    case "ENOENT":
    case "ENOTDIR":
      return new CaptureError("not-found", `There is no file ${path}.`, error);
    case "EISDIR":
      return new CaptureError("not-a-file", `${path} is a folder.`, error);
    default:
      return new CaptureError("unreadable", `${path} cannot be read: ${error.message}.`, error);
  }
}
