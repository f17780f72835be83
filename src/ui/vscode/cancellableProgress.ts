import { type Progress, ProgressLocation, window } from "vscode";
import { CancelledError } from "../cancelledError.ts";

/** Work that takes less than this shows in the status bar only: a message that is gone at once is noise. */
const quietMs = 1000;

/** Says how far work is: 0 to 100. */
export type ReportPercent = (percent: number) => void;

/**
 * Runs work that may take a while: the status bar says so, and soon a message that can end it. Ended by it, the work's
 * signal aborts with a {@link CancelledError}. Answers or rejects as the work does.
 */
export async function cancellableProgress<T>(
  title: string,
  work: (signal: AbortSignal, report: ReportPercent) => Promise<T>,
): Promise<T> {
  const abort = new AbortController();
  let message: Progress<{ message?: string; increment?: number }> | undefined;
  let percent = 0;
  let shown = 0;
  const show = (): void => {
    if (percent <= shown) return;
    message?.report({ message: `${percent} %`, increment: percent - shown });
    if (message) shown = percent;
  };
  const working = work(abort.signal, (now) => {
    percent = Math.min(100, Math.floor(now));
    show();
  });
  const over = working.then(
    () => undefined,
    () => undefined,
  );
  void window.withProgress({ location: ProgressLocation.Window, title }, () => over);
  const timer = setTimeout(() => {
    const options = { location: ProgressLocation.Notification, title, cancellable: true };
    void window.withProgress(options, async (progress, token) => {
      message = progress;
      show();
      const cancelling = token.onCancellationRequested(() => {
        abort.abort(new CancelledError());
      });
      await over;
      cancelling.dispose();
    });
  }, quietMs);
  try {
    return await working;
  } finally {
    clearTimeout(timer);
  }
}
