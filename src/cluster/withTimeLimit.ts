/** How long work may take, and what is thrown when it takes longer. */
export interface TimeLimit {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly onTimeout: () => Error;
}

/**
 * Runs work that ends with its result, with the caller's abort (throws the signal's reason) or with the time limit
 * (throws `onTimeout()`), also when the work does not listen to the signal that it is given.
 */
export async function withTimeLimit<T>(
  limit: TimeLimit,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  limit.signal.throwIfAborted();
  const controller = new AbortController();
  let end: (reason: Error) => void = () => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    end = (reason) => {
      reject(reason);
      controller.abort(reason);
    };
  });
  const onAbort = (): void => {
    const reason: unknown = limit.signal.reason;
    end(reason instanceof Error ? reason : new Error("aborted", { cause: reason }));
  };
  limit.signal.addEventListener("abort", onAbort, { once: true });
  const timer = setTimeout(() => {
    end(limit.onTimeout());
  }, limit.timeoutMs);
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    limit.signal.removeEventListener("abort", onAbort);
  }
}
