/** Work that ended because the person ended it, or wanted something else meanwhile: nobody is told of it. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";

  constructor() {
    super("cancelled");
  }
}
