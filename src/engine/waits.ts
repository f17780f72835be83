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
  signal.throwIfAborted();
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    const end = (reason: unknown) => {
      reject(reason instanceof Error ? reason : new Error("stopped", { cause: reason }));
      controller.abort(reason);
    };
    stop = () => {
      end(signal.reason);
    };
    timer = setTimeout(() => {
      end(new DeadlineError(ms));
    }, ms);
    signal.addEventListener("abort", stop);
  });
  try {
    // Rejected first, so that what the work says about having been stopped is less than why it was.
    return await Promise.race([stopped, work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    if (stop) signal.removeEventListener("abort", stop);
  }
}
