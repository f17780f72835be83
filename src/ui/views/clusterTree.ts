import {
  EventEmitter,
  ThemeColor,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  window,
} from "vscode";
import { type Disposable, DisposableStore, toDisposable } from "../../base/disposable.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import { localize } from "../vscode/localize.ts";
import { type ClusterItem, clusterItems, clusterMessage } from "./clusterItems.ts";

const refreshEveryMs = 1000;

const colors = {
  good: new ThemeColor("testing.iconPassed"),
  warning: new ThemeColor("list.warningForeground"),
  bad: new ThemeColor("list.errorForeground"),
} as const;

/** The view *Cluster*: the session, its relay and nodes, and what was lost. */
export class ClusterTree implements TreeDataProvider<ClusterItem>, Disposable {
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new EventEmitter<undefined>());
  readonly #model: HubbleModel;
  #shown = "";
  #shownState = "";
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  constructor(model: HubbleModel) {
    this.#model = model;
    const view = this.#owned.add(window.createTreeView("hubbleLens.cluster", { treeDataProvider: this }));
    this.#owned.add(
      model.onDidChange((snapshot) => {
        const { state } = snapshot;
        const message = clusterMessage(snapshot);
        if ((view.message ?? "") !== message) view.message = message;
        this.#schedule(state.name === this.#shownState ? refreshEveryMs : 0);
        this.#shownState = state.name;
      }),
    );
    this.#owned.add(
      toDisposable(() => {
        clearTimeout(this.#timer);
      }),
    );
  }

  getChildren(item?: ClusterItem): ClusterItem[] {
    return [...(item ? (item.children ?? []) : clusterItems(this.#model.snapshot, localize))];
  }

  getTreeItem(item: ClusterItem): TreeItem {
    const made = new TreeItem(item.label, collapsible(item));
    made.id = item.id;
    if (item.description !== undefined) made.description = item.description;
    made.tooltip = item.tooltip ?? item.label;
    made.iconPath = new ThemeIcon(item.icon, item.tone && colors[item.tone]);
    made.contextValue = item.id;
    made.accessibilityInformation = { label: `${item.label} ${item.description ?? ""}`.trimEnd() };
    return made;
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** A change of state shows at once, figures once a second. */
  #schedule(afterMs: number): void {
    if (afterMs === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const now = JSON.stringify(clusterItems(this.#model.snapshot, localize));
      if (now === this.#shown) return;
      this.#shown = now;
      this.#changed.fire(undefined);
    }, afterMs);
  }
}

function collapsible({ children, open }: ClusterItem): TreeItemCollapsibleState {
  if (!children || children.length === 0) return TreeItemCollapsibleState.None;
  return open === true ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
}
