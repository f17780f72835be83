import { type Uri, window } from "vscode";
import { localize as t } from "../vscode/localize.ts";

/**
 * The engine reads and writes files itself: one that only the editor can get at, of a virtual workspace or on the other
 * side of a remote one, is out of its reach. Says so, with what to do instead.
 */
export function isOnThisMachine(uri: Uri, wayOut: string): boolean {
  if (uri.scheme === "file") return true;
  const why = t("{0} is not on the machine that runs the extension.", uri.toString(true));
  void window.showErrorMessage(`${why} ${wayOut}`);
  return false;
}
