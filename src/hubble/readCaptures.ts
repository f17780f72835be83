import { stat } from "node:fs/promises";
import type { CaptureProgress } from "./captureBytes.ts";
import { CaptureError } from "./captureError.ts";
import { type CaptureResult, type OnCaptureEvent, readCapture } from "./captureFile.ts";

/** What reading one file of several came to. */
export type CaptureFileResult =
  | ({ readonly path: string } & CaptureResult)
  | { readonly path: string; readonly error: CaptureError };

export interface CapturesOptions {
  readonly signal: AbortSignal;
  /** Of all files together. */
  readonly onProgress?: CaptureProgress;
}

/**
 * Reads files one after the other. A file that cannot be read is among the results; when that is all of them, rejects with
 * what is wrong with the first.
 */
export async function readCaptures(
  paths: readonly string[],
  onMessage: OnCaptureEvent,
  { signal, onProgress }: CapturesOptions,
): Promise<readonly CaptureFileResult[]> {
  const sizes = await Promise.all(paths.map(sizeOf));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const results: CaptureFileResult[] = [];
  let before = 0;
  for (const [index, path] of paths.entries()) {
    const progress = (bytes: number, size: number) => {
      // The length of a pipe is not known, and then neither is that of all.
      onProgress?.(before + bytes, size === 0 ? 0 : Math.max(total, before + bytes));
    };
    try {
      results.push({ path, ...(await readCapture(path, onMessage, { signal, onProgress: progress })) });
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      results.push({ path, error });
    }
    before += sizes[index] ?? 0;
  }
  const [first] = results;
  if (first && "error" in first && results.every((result) => "error" in result)) throw first.error;
  return results;
}

async function sizeOf(path: string): Promise<number> {
  // Reading it says what is wrong.
  return stat(path).then(
    (found) => (found.isFile() ? found.size : 0),
    () => 0,
  );
}
