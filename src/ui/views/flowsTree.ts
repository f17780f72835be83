import {
  EventEmitter,
  MarkdownString,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  type TreeDataProvider,
  type TreeView,
  type Uri,
  window,
} from "vscode";
import { type Disposable, DisposableStore, toDisposable } from "../../base/disposable.ts";
import type { NamespaceGroup, VerdictCounts, WorkloadGroup } from "../../protocol/engine.ts";
import type { HubbleModel } from "../session/hubbleModel.ts";
import type { InterestKeeper } from "../session/interestKeeper.ts";
import { countText } from "../numberText.ts";
import { localize as t } from "../vscode/localize.ts";
import { captureDrop } from "./captureDrop.ts";
import { dropBadge } from "./dropBadge.ts";
import { type GroupPlace, groupTerms } from "./groupTerms.ts";
import { groupDescription, groupDetail, namespaceName, sortNamespaces, sortWorkloads } from "./groupText.ts";

type Node =
  | { readonly type: "namespace"; readonly group: NamespaceGroup }
  | { readonly type: "workload"; readonly namespace: string; readonly group: WorkloadGroup }
  | { readonly type: "more"; readonly namespace: string; readonly count: number };

const refreshEveryMs = 1000;

/** The view *Flows*: namespaces with their workloads and counts. Ids are stable, so a refresh keeps what is open. */
export class FlowsTree implements TreeDataProvider<Node>, Disposable {
  readonly #owned = new DisposableStore();
  readonly #changed = this.#owned.add(new EventEmitter<undefined>());
  readonly #model: HubbleModel;
  readonly #view: TreeView<Node>;
  #shown = "";
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChangeTreeData = this.#changed.event;

  /** `openDropped` opens capture files that are dropped on the view. */
  constructor(model: HubbleModel, interest: InterestKeeper, openDropped: (uris: readonly Uri[]) => unknown) {
    this.#model = model;
    this.#view = this.#owned.add(
      window.createTreeView("hubbleLens.flows", {
        treeDataProvider: this,
        showCollapseAll: true,
        dragAndDropController: captureDrop(openDropped),
      }),
    );
    interest.set({ groups: this.#view.visible });
    this.#owned.add(
      this.#view.onDidChangeVisibility(({ visible }) => {
        interest.set({ groups: visible });
      }),
    );
    this.#owned.add(
      model.onDidChange(() => {
        this.#schedule();
      }),
    );
    this.#owned.add(dropBadge(this.#view, model));
    this.#owned.add(
      toDisposable(() => {
        clearTimeout(this.#timer);
      }),
    );
  }

  getChildren(node?: Node): Node[] {
    if (!node) {
      const groups = sortNamespaces(this.#model.snapshot.groups ?? []);
      return groups.map((group) => ({ type: "namespace", group }));
    }
    if (node.type !== "namespace") return [];
    const { namespace, workloads, unlisted } = node.group;
    const nodes: Node[] = sortWorkloads(workloads).map((group) => ({ type: "workload", namespace, group }));
    return unlisted > 0 ? [...nodes, { type: "more", namespace, count: unlisted }] : nodes;
  }

  getTreeItem(node: Node): TreeItem {
    switch (node.type) {
      case "namespace":
        return namespaceItem(node.group);
      case "workload":
        return workloadItem(node.namespace, node.group);
      case "more":
        return moreItem(node.namespace, node.count);
    }
  }

  dispose(): void {
    this.#owned.dispose();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(
      () => {
        this.#timer = undefined;
        const now = JSON.stringify(this.#model.snapshot.groups ?? []);
        if (now === this.#shown) return;
        this.#shown = now;
        this.#changed.fire(undefined);
      },
      this.#shown === "" || this.#shown === "[]" ? 0 : refreshEveryMs,
    );
  }
}

function namespaceItem(group: NamespaceGroup): TreeItem {
  const name = namespaceName(group.namespace, t);
  const item = groupItem(name, group.counts, TreeItemCollapsibleState.Collapsed);
  item.id = `namespace/${group.namespace}`;
  item.iconPath = new ThemeIcon(group.namespace === "" ? "globe" : "symbol-namespace");
  item.contextValue = "namespace";
  linkToFlows(item, { namespace: group.namespace });
  return item;
}

function workloadItem(namespace: string, group: WorkloadGroup): TreeItem {
  const item = groupItem(group.name, group.counts, TreeItemCollapsibleState.None);
  item.id = `workload/${namespace}/${group.kind}/${group.name}`;
  item.iconPath = new ThemeIcon(namespace === "" ? "arrow-swap" : "package");
  item.contextValue = "workload";
  linkToFlows(item, { namespace, workload: { kind: group.kind, name: group.name } });
  return item;
}

function moreItem(namespace: string, count: number): TreeItem {
  const item = new TreeItem(t("{0} more with fewer flows", countText(count)));
  item.id = `more/${namespace}`;
  item.iconPath = new ThemeIcon("ellipsis");
  return item;
}

function groupItem(name: string, counts: VerdictCounts, state: TreeItemCollapsibleState): TreeItem {
  const item = new TreeItem(name, state);
  item.description = groupDescription(counts);
  const detail = groupDetail(name, counts, t);
  item.tooltip = new MarkdownString().appendText(detail);
  item.accessibilityInformation = { label: detail };
  return item;
}

/** What no flag asks for has neither a click nor a menu. */
function linkToFlows(item: TreeItem, place: GroupPlace): void {
  if (groupTerms(place.namespace, place.workload).length === 0) return;
  item.contextValue = `${item.contextValue ?? ""}.filterable`;
  item.command = {
    command: "hubbleLens.showFlowsOfGroup",
    title: t("Show Flows"),
    arguments: [place],
  };
}
