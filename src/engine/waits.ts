/** Resolves after `ms`, or at once when the signal aborts; leaves no timer and no listener behind. */
export function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

/** An operation did not end in its time. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
  readonly afterMs: number;

  constructor(afterMs: number) {
    super(`no answer within ${afterMs / 1000} s`);
    this.afterMs = afterMs;
  }
}

/**
 * Runs `work` with a signal that aborts with `signal` or after `ms`; rejects with a {@link DeadlineError} then,
 * even when the work does not heed its signal.
 */
export async function withDeadline<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => {
    controller.abort(signal.reason);
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => {
      reject(controller.signal.reason instanceof Error ? controller.signal.reason : new Error("stopped"));
    });
    timer = setTimeout(() => {
      controller.abort(new DeadlineError(ms));
    }, ms);
  });
  try {
    return await Promise.race([work(controller.signal), late]);
  } catch (error) {
    // What the work says about having been stopped is less than why it was.
    if (controller.signal.reason instanceof DeadlineError) throw controller.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
