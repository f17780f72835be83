import { type QuickPickItem, window } from "vscode";
import type { SavedFilterScope } from "../../protocol/filterLine.ts";
import { canSaveInWorkspace, saveFilter, savedFilters } from "../session/savedFilters.ts";
import { localize as t } from "../vscode/localize.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Save Filter…*: keeps a filter, or the one that the panel shows, under a name. */
export async function saveFilterAs({ panel }: CommandParts, given: unknown): Promise<void> {
  const text = (typeof given === "string" ? given : panel.filter).trim();
  if (text === "") {
    void window.showInformationMessage(t("There is no filter to save: the panel shows all flows."));
    return;
  }
  const scope = await askScope();
  if (!scope) return;
  const taken = new Map(
    savedFilters().flatMap((saved) => (saved.scope === scope ? [[saved.name, saved]] : [])),
  );
  const name = await window.showInputBox({
    title: t("Save Filter"),
    prompt: text,
    placeHolder: t("Name of the filter"),
    // The panel, where it was asked for, may take the focus back a moment after the first question.
    ignoreFocusOut: true,
    validateInput: (value) => {
      const other = taken.get(value.trim());
      return other && other.text !== text ? t("Takes the place of: {0}", other.text) : undefined;
    },
  });
  if (name === undefined || name.trim() === "") return;
  await saveFilter({ name: name.trim(), text, scope });
}

/** Without a workspace there is nothing to ask. */
async function askScope(): Promise<SavedFilterScope | undefined> {
  if (!canSaveInWorkspace()) return "user";
  const items: readonly (QuickPickItem & { readonly scope: SavedFilterScope })[] = [
    { label: `$(account) ${t("For me")}`, description: t("in your settings"), scope: "user" },
    {
      label: `$(root-folder) ${t("For this workspace")}`,
      description: t("in its settings, for everybody who opens it"),
      scope: "workspace",
    },
  ];
  const chosen = await window.showQuickPick(items, { title: t("Save Filter"), placeHolder: t("For whom?") });
  return chosen?.scope;
}
