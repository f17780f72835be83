import { EngineError } from "../engine/engineProxy.ts";

/** Work that ended because the person ended it, or wanted something else meanwhile: nobody is told of it. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";

  constructor() {
    super("cancelled");
  }
}

/** Did work end because nobody wants it any more? Such an error is never shown. */
export function isCancellation(error: unknown): boolean {
  return error instanceof CancelledError || (error instanceof EngineError && error.kind === "cancelled");
}
