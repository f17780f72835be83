import { type QuickInputButton, type QuickPickItem, QuickPickItemKind, ThemeIcon, window } from "vscode";
import type { Problem } from "../../base/problem.ts";
import type { SavedFilter } from "../../protocol/filterLine.ts";
import { savedFilters } from "../session/savedFilters.ts";
import { localize as t } from "../vscode/localize.ts";
import { chooseSource } from "./chooseSource.ts";
import type { CommandParts } from "./commandParts.ts";
import { removeSaved } from "./removeSaved.ts";

interface FilterItem extends QuickPickItem {
  /** Absent: a heading, or what is wrong with what is written. */
  readonly filter?: string;
  readonly saved?: SavedFilter;
}

/** *Observe…*: asks for a filter, as `hubble observe` takes it, and shows its flows; asks where from when nothing is connected. */
export async function observe(parts: CommandParts): Promise<void> {
  if (!parts.model.inUse && !(await chooseSource(t("Observe flows of")))) return;
  const filter = await askFilter(parts);
  if (filter !== undefined) await parts.panel.show(filter);
}

/** Resolves with a filter that holds no error; `undefined`: the person left. */
async function askFilter(parts: CommandParts): Promise<string | undefined> {
  const picker = window.createQuickPick<FilterItem>();
  const remove: QuickInputButton = { iconPath: new ThemeIcon("trash"), tooltip: t("Remove saved filter") };
  picker.title = t("Observe");
  picker.placeholder = t("Flags of hubble observe, such as --namespace default --verdict DROPPED");
  picker.matchOnDescription = true;
  let turn = 0;
  const offer = (written: readonly FilterItem[]): void => {
    picker.items = [...written, ...known(parts, remove)];
  };
  /** Has the engine read what is written; a newer text makes its answer void. */
  const check = async (text: string): Promise<void> => {
    const mine = ++turn;
    if (text.trim() === "") {
      offer([{ label: `$(list-flat) ${t("All flows")}`, filter: "", alwaysShow: true }]);
      return;
    }
    const { problems } = await parts.engine.request("checkFilter", { filter: text });
    if (mine === turn) offer([writtenItem(text, problems)]);
  };
  const checkLogged = (text: string): void => {
    check(text).catch((error: unknown) => {
      parts.log.warn("observe", String(error));
    });
  };
  try {
    return await new Promise((resolve) => {
      picker.onDidChangeValue(checkLogged);
      picker.onDidAccept(() => {
        const filter = picker.activeItems[0]?.filter;
        if (filter !== undefined) resolve(filter);
      });
      picker.onDidTriggerItemButton(({ item }) => {
        if (!item.saved) return;
        void removeSaved(item.saved).then(() => {
          checkLogged(picker.value);
        });
      });
      picker.onDidHide(() => {
        resolve(undefined);
      });
      checkLogged("");
      picker.show();
    });
  } finally {
    picker.dispose();
  }
}

/** What is written: shown as it is, or with what is wrong and cannot be chosen. */
function writtenItem(text: string, problems: readonly Problem[]): FilterItem {
  const wrong = problems.find(({ severity }) => severity === "error");
  if (!wrong) return { label: `$(filter) ${text}`, filter: text, alwaysShow: true };
  const { start, end } = wrong.range;
  const where = text.slice(start, end);
  const isNamed = wrong.message.includes(where);
  return { label: `$(error) ${wrong.message}`, ...(!isNamed && { description: where }), alwaysShow: true };
}

function known({ panel }: CommandParts, remove: QuickInputButton): readonly FilterItem[] {
  const saved = savedFilters();
  const items: FilterItem[] = [];
  if (saved.length > 0) items.push({ label: t("saved"), kind: QuickPickItemKind.Separator });
  for (const each of saved) {
    const description = each.scope === "workspace" ? `${t("workspace")} · ${each.text}` : each.text;
    items.push({
      label: `$(bookmark) ${each.name}`,
      description,
      filter: each.text,
      saved: each,
      buttons: [remove],
    });
  }
  if (panel.recentFilters.length > 0) items.push({ label: t("recent"), kind: QuickPickItemKind.Separator });
  for (const filter of panel.recentFilters) items.push({ label: `$(history) ${filter}`, filter });
  return items;
}
