import { window } from "vscode";
import { isCancellation } from "../cancelledError.ts";
import { shortText } from "../shortText.ts";
import type { Log } from "./createLog.ts";
import { localize as t } from "./localize.ts";

/** A button of an error message: what it says and what it does. */
export interface ErrorAction {
  readonly label: string;
  run(): unknown;
}

/**
 * Tells the person that something failed: `what` is a sentence, why is taken from the error, and only its beginning when
 * it is long: the log has the whole. Offers the given ways out and the log. Does not wait for an answer. Cancellation is
 * not shown.
 */
export function showError(
  log: Log,
  what: string,
  error: unknown,
  actions: readonly ErrorAction[] = [],
): void {
  if (isCancellation(error)) return;
  const why = error instanceof Error ? error.message : String(error);
  log.error("ui", `${what} ${error instanceof Error ? (error.stack ?? why) : why}`);
  const showLog: ErrorAction = {
    label: t("Show Log"),
    run: () => {
      log.show();
    },
  };
  const all = [...actions, showLog];
  const message = why === "" ? what : `${what} ${shortText(why)}`;
  void window.showErrorMessage(message, ...all.map((action) => action.label)).then((chosen) => {
    return all.find((action) => action.label === chosen)?.run();
  });
}
