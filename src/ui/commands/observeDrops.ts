import { localize as t } from "../vscode/localize.ts";
import { chooseSource } from "./chooseSource.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Observe Drops*: the panel with nothing but dropped flows; asks where from when nothing is connected. */
export async function observeDrops(parts: CommandParts): Promise<void> {
  if (!parts.model.inUse && !(await chooseSource(t("Observe drops of")))) return;
  await parts.panel.show("--verdict DROPPED");
}
