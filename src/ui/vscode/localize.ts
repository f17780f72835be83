import { l10n } from "vscode";

/** VS Code's own translation of a text, in the shape that code without an editor takes. */
export function localize(message: string, ...args: readonly (string | number)[]): string {
  return l10n.t(message, ...args);
}
