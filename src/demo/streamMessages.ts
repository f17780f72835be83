import type { ServerWritableStream } from "@grpc/grpc-js";
import type { Event } from "../base/event.ts";
import { toDisposable } from "../base/disposable.ts";
import type { Pruner } from "./fieldMask.ts";
import type { MergedReader } from "./mergedReader.ts";

/**
 * Writes what a reader reads to a call, no faster than the call takes it, until the reader or the call ends.
 * Nothing is queued here: a caller who is slow falls behind in the rings, and is told what they have lost for it.
 */
export function streamMessages(
  call: ServerWritableStream<unknown, Uint8Array>,
  from: { readonly reader: MergedReader; readonly prune: Pruner; readonly onAppended: Event<null> },
): void {
  const { reader, prune, onAppended } = from;
  let full = false;
  const pump = () => {
    while (!full && !call.cancelled) {
      const message = reader.next();
      if (message === undefined) break;
      full = !call.write(prune(message));
    }
    if (!full && reader.ended) stop.dispose();
  };
  const onDrain = () => {
    full = false;
    pump();
  };
  const appended = onAppended(pump);
  const stop = toDisposable(() => {
    appended.dispose();
    call.off("drain", onDrain);
    if (!call.cancelled) call.end();
  });
  call.on("drain", onDrain);
  call.on("cancelled", () => {
    stop.dispose();
  });
  pump();
}
