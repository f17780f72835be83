import { window } from "vscode";
import type { SavedFilter } from "../../protocol/filterLine.ts";
import { removeSavedFilter, saveFilter } from "../session/savedFilters.ts";
import { localize as t } from "../vscode/localize.ts";

/** Forgets a saved filter, and offers to bring it back. */
export async function removeSaved(saved: SavedFilter): Promise<void> {
  await removeSavedFilter(saved);
  const undo = t("Undo");
  // Nobody waits for the answer: it may never come.
  void window
    .showInformationMessage(t("The saved filter “{0}” was removed.", saved.name), undo)
    .then(async (chosen) => {
      if (chosen === undo) await saveFilter(saved);
    });
}
