import type { TextRange } from "../../base/textRange.ts";
import type { RuleFilter } from "../../flows/flowFilter.ts";
import type { PolicyTally, TallyEntry } from "../../policy/tallyEntry.ts";
import type { DocumentTally, EngineSnapshot } from "../../protocol/engine.ts";
import type { SessionState } from "../../protocol/session.ts";
import {
  capturePath,
  readingText,
  type SnapshotToCome,
  stepText,
  targetName,
} from "../session/sessionText.ts";
import type { Translate } from "../translate.ts";
import { appliedState, type LensSituation, lensText, type ShownTally } from "./lensText.ts";
import { lensTooltip } from "./lensTooltip.ts";

/** What a lens runs when it is clicked. */
export type LensAction =
  | { readonly command: "hubbleLens.showFlowsOfRule"; readonly arguments: readonly [RuleFilter] }
  | {
      readonly command: "hubbleLens.applyToDemo" | "hubbleLens.removeFromDemo";
      readonly arguments: readonly [string];
    }
  | {
      readonly command:
        | "hubbleLens.connectToCluster"
        | "hubbleLens.startDemo"
        | "hubbleLens.retryNow"
        | "hubbleLens.showLog"
        | "hubbleLens.showMenu";
      readonly arguments: readonly [];
    };

/** One lens: the offset in the text that the tally was made of (or of the text itself for {@link headItems}). */
export interface LensItem {
  readonly offset: number;
  readonly title: string;
  readonly action: LensAction;
  /** The longer words; empty: the title says it all. */
  readonly tooltip?: () => string;
}

/** What the lenses of a tallied document depend on besides its numbers. */
export type LensSurroundings = EngineSnapshot & {
  /** Only what is within these stretches of its text has a lens; absent: everything. */
  readonly near?: readonly TextRange[] | undefined;
};

/** The lenses of a document that has been tallied. */
export function tallyItems(
  document: ShownTally,
  surroundings: LensSurroundings,
  nowMs: number,
  t: Translate,
): readonly LensItem[] {
  const { near } = surroundings;
  const situation = lensSituation(surroundings, nowMs);
  const isNear = ({ range }: TallyEntry): boolean =>
    near === undefined || near.some(({ start, end }) => range.start >= start && range.start <= end);
  return document.entries.filter(isNear).flatMap((entry) => {
    const title = lensText(entry, document, situation, t);
    const item: LensItem = {
      offset: entry.range.start,
      title,
      action: entryAction(entry, document.uri),
      tooltip: () => lensTooltip(entry, document, situation, t),
    };
    if (entry.type !== "policy" || !situation.source.demo) return [item];
    return [item, demoItem(entry, document, t)];
  });
}

/** The lenses over the heads of policies while there is nothing to count: what is the matter, and the ways out. */
export function headItems(
  heads: readonly number[],
  { state, source, beginning }: SnapshotToCome,
  t: Translate,
): readonly LensItem[] {
  const item = (
    title: string,
    command: "connectToCluster" | "startDemo" | "retryNow" | "showLog" | "showMenu",
  ) => ({
    title,
    action: { command: `hubbleLens.${command}`, arguments: [] } as const,
  });
  const items = (): readonly Omit<LensItem, "offset">[] => {
    switch (state.name) {
      case "idle":
        if (source.kind === "reading") return [item(`Hubble: ${readingText(source, t)}`, "showMenu")];
        if (beginning === "demo") return [item(t("Hubble: starting the demo cluster"), "showMenu")];
        if (beginning === "connection") return [item(t("Hubble: connecting"), "showMenu")];
        return [
          item(t("Hubble: not connected"), "showMenu"),
          item(t("Connect"), "connectToCluster"),
          item(t("Start Demo"), "startDemo"),
        ];
      case "connecting":
        return [
          item(
            t("Hubble: connecting to {0}, {1}", targetName(state.target, t), stepText(state.step, t)),
            "showMenu",
          ),
        ];
      case "failed":
        return [
          item(`Hubble ✗ ${state.failure.message}`, "showLog"),
          item(t("Retry"), "retryNow"),
          item(t("Choose Cluster"), "connectToCluster"),
        ];
      case "waiting":
        return [item(`Hubble ○ ${state.failure.message}`, "showLog"), item(t("Retry Now"), "retryNow")];
      case "streaming":
      case "paused":
        return [item(t("Hubble ● reading the policy"), "showMenu")];
    }
  };
  return heads.flatMap((offset) => items().map((made) => ({ offset, ...made })));
}

/** Are there numbers, or will there be in a moment? Otherwise {@link headItems} say more. */
export function isWorthShowing({ basis }: DocumentTally, { state, source }: EngineSnapshot): boolean {
  switch (state.name) {
    case "idle":
      return source.kind === "capture" || (source.kind === "reading" && basis.source !== "none");
    case "connecting":
    case "waiting":
      return basis.source !== "none";
    case "streaming":
    case "paused":
      return true;
    case "failed":
      return false;
  }
}

function lensSituation(
  { state, source, flows, nodes, relay, lost }: EngineSnapshot,
  nowMs: number,
): LensSituation {
  const capture = capturePath(source) !== undefined;
  return {
    nowMs: capture ? (flows.newestMs ?? nowMs) : nowMs,
    streamingSinceMs: state.name === "streaming" ? state.sinceMs : null,
    source: {
      kind: sourceKind(state, capture),
      demo: state.name !== "idle" && state.target.kind === "demo",
      nodes: capture ? null : nodeCounts(nodes, relay),
      lostEvents: lost.reduce((sum, { count }) => sum + count, 0),
    },
  };
}

function sourceKind(state: SessionState, capture: boolean): LensSituation["source"]["kind"] {
  if (capture) return "capture";
  if (state.name === "connecting") return "connecting";
  return state.name === "streaming" || state.name === "paused" ? "live" : "lost";
}

/** How many nodes the relay is connected to, of how many; `null` when it does not say. */
export function nodeCounts(
  nodes: EngineSnapshot["nodes"],
  relay: EngineSnapshot["relay"],
): { readonly connected: number; readonly all: number } | null {
  if (nodes.length > 0) {
    return { connected: nodes.filter(({ state }) => state === "connected").length, all: nodes.length };
  }
  if (relay?.connectedNodes === null || relay === null) return null;
  return { connected: relay.connectedNodes, all: relay.connectedNodes + relay.unavailableNodes.length };
}

function entryAction(entry: TallyEntry, uri: string): LensAction {
  if (entry.type === "policy") return { command: "hubbleLens.showMenu", arguments: [] };
  const { policy, kind, path } = entry;
  const rule: RuleFilter = { uri, kind, policy, path };
  return { command: "hubbleLens.showFlowsOfRule", arguments: [rule] };
}

function demoItem(entry: PolicyTally, document: DocumentTally, t: Translate): LensItem {
  const offset = entry.range.start;
  if (appliedState(entry, document) === "same") {
    return {
      offset,
      title: t("Remove from Demo Cluster"),
      action: { command: "hubbleLens.removeFromDemo", arguments: [document.uri] },
    };
  }
  return {
    offset,
    title: t("Apply to Demo Cluster"),
    action: { command: "hubbleLens.applyToDemo", arguments: [document.uri] },
  };
}
