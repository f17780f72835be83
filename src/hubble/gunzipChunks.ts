import { createGunzip, type Gunzip } from "node:zlib";
import { CaptureError, type CaptureTrouble } from "./captureError.ts";

const unpackedBytes = 256 << 10;
/** A piece of so many packed bytes unpacks to at most a thousand times as much, which is held at once. */
const pieceBytes = 32 << 10;

/**
 * Unpacks gzip, several members one after the other included. What ends too early, or is damaged, ends the chunks, and
 * is noted, once all is handed on that could be unpacked; when that is nothing, a {@link CaptureError} is thrown.
 */
export async function* gunzipChunks(
  packed: AsyncIterable<Uint8Array>,
  name: string,
  note: (trouble: CaptureTrouble) => void,
): AsyncGenerator<Uint8Array> {
  const gunzip = createGunzip({ chunkSize: unpackedBytes });
  const ready: Uint8Array[] = [];
  let failure: Error | undefined;
  gunzip.on("data", (chunk: Uint8Array) => ready.push(chunk));
  gunzip.on("error", (error) => {
    failure = error;
  });
  let anything = false;
  try {
    for await (const chunk of packed) {
      for (let start = 0; start < chunk.length && !failure; start += pieceBytes) {
        await write(gunzip, chunk.subarray(start, start + pieceBytes));
        anything ||= ready.length > 0;
        yield* ready.splice(0);
      }
      if (failure) break;
    }
    if (!failure) await end(gunzip);
    anything ||= ready.length > 0;
    yield* ready.splice(0);
    if (!failure) return;
    const trouble = describe(name, failure);
    if (!anything)
      throw new CaptureError("unreadable", `${trouble.message} Nothing of it can be read.`, failure);
    note({ ...trouble, message: `${trouble.message} What could be unpacked is kept.` });
  } finally {
    gunzip.destroy();
  }
}

/** Resolves when the piece is unpacked, or cannot be: the stream's own event says which. */
function write(gunzip: Gunzip, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    gunzip.once("close", resolve);
    gunzip.write(piece, () => {
      gunzip.off("close", resolve);
      resolve();
    });
  });
}

function end(gunzip: Gunzip): Promise<void> {
  return new Promise((resolve) => {
    gunzip.once("close", resolve);
    gunzip.once("end", resolve);
    gunzip.end();
  });
}

function describe(name: string, failure: Error): CaptureTrouble {
  const isCutOff = "code" in failure && failure.code === "Z_BUF_ERROR";
  return isCutOff
    ? { kind: "cut-off", message: `${name} is cut off: its gzip data ends too early.` }
    : { kind: "damaged", message: `${name} is damaged: its gzip data is wrong (${failure.message}).` };
}
