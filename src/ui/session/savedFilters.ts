import { ConfigurationTarget, workspace } from "vscode";
import type { Disposable } from "../../base/disposable.ts";
import type { SavedFilter, SavedFilterScope } from "../../protocol/filterLine.ts";

const section = "hubbleLens";
const key = "savedFilters";

const targets = {
  workspace: ConfigurationTarget.Workspace,
  user: ConfigurationTarget.Global,
} as const;

/** The saved filters by name, those of the workspace first; what the settings hold otherwise is left out. */
export function savedFilters(): readonly SavedFilter[] {
  const found = workspace.getConfiguration(section).inspect<unknown>(key);
  return [...readSaved(found?.workspaceValue, "workspace"), ...readSaved(found?.globalValue, "user")];
}

/** Saves a filter under its name, in place of another of that name and scope. */
export async function saveFilter({ name, text, scope }: SavedFilter): Promise<void> {
  await write(scope, { ...valueOf(scope), [name]: text });
}

/** Forgets a saved filter; one that is not there any more is as good as forgotten. */
export async function removeSavedFilter({ name, scope }: SavedFilter): Promise<void> {
  const rest = Object.entries(valueOf(scope)).filter(([other]) => other !== name);
  await write(scope, rest.length === 0 ? undefined : Object.fromEntries(rest));
}

/** Calls the listener after a filter was saved or forgotten, here or in the settings. */
export function onSavedFiltersChange(listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration(`${section}.${key}`)) listener();
  });
}

/** Is there a folder or workspace whose settings can hold a filter? */
export function canSaveInWorkspace(): boolean {
  return (workspace.workspaceFolders?.length ?? 0) > 0;
}

function valueOf(scope: SavedFilterScope): Readonly<Record<string, unknown>> {
  const found = workspace.getConfiguration(section).inspect<unknown>(key);
  const value = scope === "workspace" ? found?.workspaceValue : found?.globalValue;
  return isRecord(value) ? value : {};
}

async function write(scope: SavedFilterScope, value: unknown): Promise<void> {
  await workspace.getConfiguration(section).update(key, value, targets[scope]);
}

function readSaved(value: unknown, scope: SavedFilterScope): readonly SavedFilter[] {
  if (!isRecord(value)) return [];
  return Object.entries(value)
    .flatMap(([name, text]) =>
      typeof text === "string" && text.trim() !== "" ? [{ name, text, scope }] : [],
    )
    .sort((a, b) => a.name.localeCompare(b.name));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
