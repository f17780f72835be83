import type { EngineSnapshot } from "../../protocol/engine.ts";
import type { FlowsPanelState, PanelAction } from "../../protocol/flowsPanel.ts";
import type { SessionState } from "../../protocol/session.ts";
import { countText, spanText } from "../numberText.ts";
import type { Beginning } from "../session/hubbleModel.ts";
import {
  capturePath,
  fileName,
  followingText,
  readingText,
  retryText,
  type SnapshotToCome,
  stepText,
  targetDescription,
  targetName,
} from "../session/sessionText.ts";
import type { Translate } from "../translate.ts";

/** What the panel itself knows: which view it shows, of which flows, and whether it stands still. */
export interface PanelView {
  /** 0: none is open. */
  readonly view: number;
  /** The text by which the rows are chosen. */
  readonly filter: string;
  /** Where the table ends while it is paused. */
  readonly pausedAt: number | null;
}

/** The filter line shows the whole of a long one. */
const longestFilter = 60;

type Empty = FlowsPanelState["empty"];
type Banner = NonNullable<FlowsPanelState["banner"]>;

/** Between two views nothing is known to be missing. */
const nothingYet: Empty = { message: "", actions: [] };

/** The whole state of the table, but for its sequence number. */
export function panelState(
  snapshot: SnapshotToCome,
  panel: PanelView,
  nowMs: number,
  t: Translate,
): Omit<FlowsPanelState, "sequence"> {
  const figures = snapshot.views.find(({ view }) => view === panel.view);
  const first = figures?.first ?? 0;
  const newest = figures?.end ?? 0;
  const end = panel.pausedAt === null ? newest : Math.max(first, Math.min(panel.pausedAt, newest));
  const banner = end > first ? rowsBanner(snapshot, panel, nowMs, t) : undefined;
  return {
    view: figures ? panel.view : 0,
    first,
    end,
    paused: panel.pausedAt !== null,
    heldBack: newest - end,
    filter: panel.filter,
    figures: figuresText(snapshot, panel.filter === "" ? null : end - first, t),
    empty: figures || snapshot.flows.held === 0 ? emptyOf(snapshot, panel, nowMs, t) : nothingYet,
    ...(banner ? { banner } : {}),
  };
}

/** `12 min · 9,818 flows · 44 denied · 42 lost`; with a filter `46 rows of 9,818 flows`: lost events have rows too. */
function figuresText({ flows, lost, source }: EngineSnapshot, shown: number | null, t: Translate): string {
  if (flows.held === 0) return "";
  const parts: string[] = [];
  if (source.kind === "reading") parts.push(readingText(source, t));
  if (source.kind === "capture") parts.push(fileName(source.summary.path));
  if (source.kind === "following") parts.push(followingText(source, t));
  if (flows.oldestMs !== null && flows.newestMs !== null)
    parts.push(spanText(flows.newestMs - flows.oldestMs));
  const held = countText(flows.held);
  parts.push(shown === null ? t("{0} flows", held) : t("{0} rows of {1} flows", countText(shown), held));
  parts.push(t("{0} denied", countText(flows.denied)));
  const lostEvents = lost.reduce((sum, { count }) => sum + count, 0);
  if (lostEvents > 0) parts.push(t("{0} lost", countText(lostEvents)));
  if (flows.dropped > 0) parts.push(t("{0} older not held", countText(flows.dropped)));
  return parts.join(" · ");
}

function emptyOf(snapshot: SnapshotToCome, panel: PanelView, nowMs: number, t: Translate): Empty {
  const { state, source, flows } = snapshot;
  if (flows.held > 0 && panel.filter !== "") return filteredEmpty(snapshot, panel, t);
  if (source.kind === "reading") return { message: t("Reading {0}.", fileName(source.path)), actions: [] };
  if (source.kind === "following") {
    const message =
      source.state.kind === "waiting"
        ? t("There is no file {0}. It is waited for.", source.path)
        : t("No flow has come yet: following {0}.", fileName(source.path));
    return { message, actions: [button(t("Open Capture…"), "open-capture")] };
  }
  if (source.kind === "capture") {
    const message = t("{0} holds no flow.", fileName(source.summary.path));
    return { message, actions: [button(t("Open Capture…"), "open-capture")] };
  }
  switch (state.name) {
    case "idle":
      if (snapshot.beginning !== undefined) return beginningOf(snapshot.beginning, t);
      return {
        message: t("No cluster connected."),
        actions: [
          button(t("Connect to Cluster…"), "connect"),
          button(t("Start Demo Cluster"), "start-demo"),
          button(t("Connect to Relay Address…"), "connect-address"),
          button(t("Open Capture…"), "open-capture"),
        ],
      };
    case "connecting":
      return {
        message: t("Connecting to {0}: {1}.", targetName(state.target, t), stepText(state.step, t)),
        actions: [button(t("Show Log"), "show-log")],
      };
    case "failed":
      return {
        message: state.failure.message,
        actions: [
          button(t("Retry"), "retry"),
          button(t("Choose Another Cluster…"), "connect"),
          button(t("Show Log"), "show-log"),
        ],
      };
    case "waiting":
      return waitingMessage(state, nowMs, t);
    case "streaming":
      return {
        message: t("Connected to {0}. No flow has come yet.", targetDescription(state.target, t)),
        actions: [button(t("Show Log"), "show-log")],
      };
    case "paused":
      return { message: t("Connected to {0}.", targetDescription(state.target, t)), actions: [] };
  }
}

function beginningOf(beginning: Beginning, t: Translate): Empty {
  const message = beginning === "demo" ? t("Starting the demo cluster.") : t("Connecting.");
  return { message, actions: [button(t("Show Log"), "show-log")] };
}

function filteredEmpty({ source, flows }: EngineSnapshot, panel: PanelView, t: Translate): Empty {
  const held = countText(flows.held);
  const filter =
    panel.filter.length > longestFilter ? `${panel.filter.slice(0, longestFilter)}…` : panel.filter;
  const span = spanText((flows.newestMs ?? 0) - (flows.oldestMs ?? 0));
  const message =
    capturePath(source) !== undefined
      ? t("No flow matches “{0}”; {1} do without it.", filter, held)
      : t("No flow matches “{0}” in the last {1}; {2} do without it.", filter, span, held);
  return { message, actions: [{ label: t("Clear Filter"), action: "clear-filter" }] };
}

/** What to say above rows: what is wrong with the session, else that the filter admits none of the flows. */
function rowsBanner(
  snapshot: EngineSnapshot,
  panel: PanelView,
  nowMs: number,
  t: Translate,
): Banner | undefined {
  const trouble = bannerOf(snapshot, nowMs, t);
  if (trouble) return { ...trouble, tone: "warning" };
  const figures = snapshot.views.find(({ view }) => view === panel.view);
  if (panel.filter === "" || !figures?.onlyNotices) return undefined;
  return { ...filteredEmpty(snapshot, panel, t), tone: "info" };
}

function bannerOf({ state, source }: EngineSnapshot, nowMs: number, t: Translate): Empty | undefined {
  switch (state.name) {
    case "waiting":
      return waitingMessage(state, nowMs, t);
    case "failed":
      return {
        message: state.failure.message,
        actions: [button(t("Retry"), "retry"), button(t("Show Log"), "show-log")],
      };
    case "connecting":
      return {
        message: t("Connecting to {0}: {1}.", targetName(state.target, t), stepText(state.step, t)),
        actions: [],
      };
    case "idle":
      if (source.kind !== "live") return undefined;
      return {
        message: t("Not connected. These flows came before."),
        actions: [button(t("Connect to Cluster…"), "connect")],
      };
    case "streaming":
    case "paused":
      return undefined;
  }
}

function waitingMessage(
  state: Extract<SessionState, { name: "waiting" }>,
  nowMs: number,
  t: Translate,
): Empty {
  const message = `${state.failure.message} ${retryText(state.untilMs, nowMs, t)}`;
  return { message, actions: [button(t("Retry Now"), "retry"), button(t("Show Log"), "show-log")] };
}

function button<Action extends PanelAction>(
  label: string,
  action: Action,
): { label: string; action: Action } {
  return { label, action };
}
