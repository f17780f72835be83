import type { CaptureTrouble } from "../hubble/captureError.ts";
import { isGzip } from "../hubble/captureSignature.ts";
import { gunzipChunks } from "../hubble/gunzipChunks.ts";

/** The name of standard input in messages. */
export const standardInputName = "standard input";

/** What comes by standard input, unpacked. */
export interface StandardInput {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Why the chunks ended too early; asked once they have ended. */
  trouble(): CaptureTrouble | undefined;
}

/** Opens standard input, plain or gzip; it ends with the signal, even while nothing comes. */
export function openStandardInput(signal: AbortSignal): StandardInput {
  let trouble: CaptureTrouble | undefined;
  signal.addEventListener("abort", () => process.stdin.destroy(), { once: true });
  return {
    chunks: unpacked(process.stdin, (noted) => {
      trouble ??= noted;
    }),
    trouble: () => trouble,
  };
}

async function* unpacked(
  input: AsyncIterable<Uint8Array>,
  note: (trouble: CaptureTrouble) => void,
): AsyncGenerator<Uint8Array> {
  const chunks = input[Symbol.asyncIterator]();
  try {
    const first = await chunks.next();
    if (first.done) return;
    const all = startingWith(first.value, chunks);
    if (isGzip(first.value)) yield* gunzipChunks(all, standardInputName, note);
    else yield* all;
  } finally {
    // Who writes may go on for ever.
    await chunks.return?.();
  }
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
