import { createReadStream } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { CaptureError, type CaptureTrouble, readingError } from "./captureError.ts";
import { gunzipChunks } from "./gunzipChunks.ts";
import { isGzip } from "./captureSignature.ts";

/** Called after each piece that was read: of the file's own bytes, compressed or not; the total is 0 when not known. */
export type CaptureProgress = (bytesRead: number, totalBytes: number) => void;

/** Small enough that the first lines come at once, large enough that asking for them costs nothing. */
const chunkBytes = 256 << 10;

/** The bytes of one capture file, unpacked, chunk by chunk; each chunk is a buffer of its own. */
export interface CaptureBytes {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Why the chunks ended too early; asked once they have ended. */
  trouble(): CaptureTrouble | undefined;
}

/**
 * Opens a file, plain or gzip (by its content; several members one after the other are one), for one reading.
 * The chunks throw a `CaptureError` or the signal's reason; what breaks after something was read ends them instead, with
 * a trouble to be told.
 */
export function captureBytes(
  path: string,
  { signal, onProgress }: { readonly signal: AbortSignal; readonly onProgress?: CaptureProgress },
): CaptureBytes {
  let trouble: CaptureTrouble | undefined;
  const note = (noted: CaptureTrouble) => {
    trouble ??= noted;
  };
  const chunks = async function* (): AsyncGenerator<Uint8Array> {
    const packed = rawChunks(path, { signal, note, ...(onProgress && { onProgress }) });
    try {
      const first = await packed.next();
      if (first.done) return;
      const all = startingWith(first.value, packed);
      if (isGzip(first.value)) yield* gunzipChunks(all, path, note);
      else yield* all;
    } finally {
      // Whoever reads no further closes the file by that.
      await packed.return(undefined);
    }
  };
  return { chunks: chunks(), trouble: () => trouble };
}

interface RawOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: CaptureProgress;
  readonly note: (trouble: CaptureTrouble) => void;
}

async function* rawChunks(path: string, options: RawOptions): AsyncGenerator<Uint8Array> {
  const { signal, note } = options;
  let anything = false;
  try {
    signal.throwIfAborted();
    const found = await stat(path);
    if (found.isDirectory()) throw new CaptureError("not-a-file", `${path} is a folder.`);
    for await (const chunk of found.isFile() ? fileChunks(path, options) : pipeChunks(path, options)) {
      anything = true;
      yield chunk;
    }
  } catch (error) {
    signal.throwIfAborted();
    const told = readingError(path, error);
    if (!anything || !(told instanceof CaptureError)) throw told;
    note({ kind: "unreadable", message: `${told.message} What was read until then is kept.` });
  }
}

async function* fileChunks(path: string, options: RawOptions): AsyncGenerator<Uint8Array> {
  const { signal, onProgress, note } = options;
  const handle = await open(path, "r");
  let position = 0;
  const next = () => readChunk(handle, position);
  let reading: Promise<Uint8Array> | undefined;
  try {
    const { size } = await handle.stat();
    reading = next();
    for (;;) {
      const chunk = await reading;
      signal.throwIfAborted();
      if (chunk.length === 0) break;
      position += chunk.length;
      // The disk reads the next one meanwhile.
      reading = next();
      yield chunk;
      onProgress?.(position, Math.max(position, size));
    }
    reading = undefined;
    const now = await handle.stat();
    if (position < size) {
      const message = `${path} became shorter while it was read: ${position} of its ${size} bytes were still there. They are kept.`;
      note({ kind: "truncated", message });
    } else if (now.nlink === 0) {
      note({
        kind: "deleted",
        message: `${path} was deleted while it was read. All that it held was read.`,
      });
    }
  } finally {
    // Nobody waits for it any more; the handle is closed when it is over.
    await reading?.catch(() => undefined);
    await handle.close();
  }
}

async function readChunk(handle: FileHandle, position: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  const { bytesRead } = await handle.read(buffer, 0, chunkBytes, position);
  return buffer.subarray(0, bytesRead);
}

/** Opening a pipe waits for somebody who writes, reading it for what is written: who gives up does not wait for either. */
async function* pipeChunks(path: string, { signal, onProgress }: RawOptions): AsyncGenerator<Uint8Array> {
  signal.throwIfAborted();
  const stream = createReadStream(path, { highWaterMark: chunkBytes });
  const chunks = (stream as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
  const over = new AbortController();
  const aborted = new Promise<undefined>((resolve) => {
    const giveUp = (): void => {
      resolve(undefined);
    };
    signal.addEventListener("abort", giveUp, { once: true, signal: over.signal });
  });
  let bytesRead = 0;
  try {
    for (;;) {
      const next = chunks.next();
      // When nobody waits for it any more, nobody is to be told how it ends.
      next.catch(() => undefined);
      const result = await Promise.race([next, aborted]);
      signal.throwIfAborted();
      if (!result || result.done) return;
      yield result.value;
      bytesRead += result.value.length;
      onProgress?.(bytesRead, 0);
    }
  } finally {
    over.abort();
    stream.destroy();
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
