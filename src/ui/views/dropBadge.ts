import type { TreeView } from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { EngineSnapshot } from "../../protocol/engine.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import { localize as t } from "../vscode/localize.ts";
import { NewDrops } from "./newDrops.ts";

/** Puts the number of drops that came since the view was last looked at on its icon. */
export function dropBadge(view: TreeView<unknown>, model: HubbleModel): Disposable {
  const owned = new DisposableStore();
  const drops = new NewDrops();
  const show = (snapshot: EngineSnapshot): void => {
    const value = drops.update(snapshot, view.visible);
    if ((view.badge?.value ?? 0) === value) return;
    view.badge = value === 0 ? undefined : { value, tooltip: t("{0} new denied flows", value) };
  };
  owned.add(model.onDidChange(show));
  owned.add(
    view.onDidChangeVisibility(() => {
      show(model.snapshot);
    }),
  );
  return owned;
}
