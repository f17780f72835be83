/** What was asked for is no longer wanted: somebody cancelled it, or asked for something else in its place. */
export class CancelledError extends Error {
  override readonly name = "CancelledError";
  readonly kind = "cancelled";
}
