import { StatusBarAlignment, window } from "vscode";
import { type Disposable, DisposableStore } from "../../base/disposable.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import type { InterestKeeper } from "../session/interestKeeper.ts";
import { statusText } from "../session/sessionText.ts";
import { localize } from "../vscode/localize.ts";

/** The one status bar item: there while something is connected or a surface of ours is looked at. */
export function showStatusBar(model: HubbleModel, interest: InterestKeeper): Disposable {
  const owned = new DisposableStore();
  const item = owned.add(window.createStatusBarItem("hubbleLens.status", StatusBarAlignment.Left, 0));
  item.name = "Hubble Lens";
  item.command = "hubbleLens.showMenu";
  let shownText = "";
  const update = (): void => {
    const { snapshot, beginning } = model;
    if (!model.inUse && beginning === undefined && !interest.any) {
      item.hide();
      return;
    }
    const { text, detail } = statusText({ ...snapshot, beginning }, Date.now(), localize);
    const now = `${text}\n${detail}`;
    if (now !== shownText) {
      shownText = now;
      item.text = text;
      item.tooltip = detail;
      item.accessibilityInformation = { label: detail, role: "button" };
    }
    item.show();
  };
  update();
  owned.add(model.onDidTick(update));
  owned.add(interest.onDidChange(update));
  return owned;
}
