import { assertNever } from "../../base/assertNever.ts";
import type { CaptureSummary, EngineSnapshot, FlowSource } from "../../protocol/engine.ts";
import type { RelayNode, SessionState } from "../../protocol/session.ts";
import { nodeCounts } from "../editor/lensItems.ts";
import { countText, rateText, spanText } from "../numberText.ts";
import {
  fileName,
  followingText,
  readingText,
  stateWord,
  stepText,
  targetDescription,
  targetName,
  targetPlace,
} from "../session/sessionText.ts";
import type { Translate } from "../translate.ts";

/** One line of the view *Cluster*. `id` is stable, so that a refresh keeps what is open. */
export interface ClusterItem {
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  /** A codicon's name. */
  readonly icon: string;
  /** The theme's colour of the icon: only where something is wrong, or right. */
  readonly tone?: "good" | "warning" | "bad";
  readonly children?: readonly ClusterItem[];
  readonly open?: boolean;
}

/** What the view *Cluster* shows of a snapshot; empty while nothing is connected. */
export function clusterItems(snapshot: EngineSnapshot, t: Translate): readonly ClusterItem[] {
  const { state, source } = snapshot;
  if (state.name === "idle") {
    if (source.kind === "reading")
      return [{ id: "session", label: readingText(source, t), icon: "loading~spin", tooltip: source.path }];
    if (source.kind === "following") return followingItems(source, snapshot, t);
    return source.kind === "capture" ? captureItems(source.summary, snapshot, t) : [];
  }
  return [
    sessionItem(state, t),
    ...failureItems(state, t),
    ...rateItems(snapshot, t),
    ...relayItems(snapshot, t),
    ...nodeItems(snapshot, t),
    ...lostItems(snapshot, t),
    ...undecodableItems(snapshot, t),
  ];
}

function sessionItem(state: Exclude<SessionState, { name: "idle" }>, t: Translate): ClusterItem {
  const { target } = state;
  const label = target.kind === "kubernetes" ? targetName(target, t) : targetDescription(target, t);
  const word = state.name === "connecting" ? stepText(state.step, t) : stateWord(state, t);
  const place = targetPlace(target);
  const description = target.kind === "address" ? word : `${word} · ${place}`;
  return { id: "session", label, description, tooltip: `${label}: ${word}\n${place}`, ...sessionIcon(state) };
}

function sessionIcon(state: Exclude<SessionState, { name: "idle" }>): Pick<ClusterItem, "icon" | "tone"> {
  switch (state.name) {
    case "connecting":
      return { icon: "loading~spin" };
    case "streaming":
      return { icon: "pass-filled", tone: "good" };
    case "paused":
      return { icon: "debug-pause" };
    case "waiting":
      return { icon: "warning", tone: "warning" };
    case "failed":
      return { icon: "error", tone: "bad" };
    default:
      return assertNever(state);
  }
}

function failureItems(state: SessionState, t: Translate): readonly ClusterItem[] {
  if (state.name !== "waiting" && state.name !== "failed") return [];
  const { message, cause } = state.failure;
  if (cause === "" || cause === message) return [];
  return [{ id: "cause", label: t("cause"), description: cause, tooltip: cause, icon: "info" }];
}

/** Why there is no connection, in full: it stands above the lines. Empty when nothing is wrong. */
export function clusterMessage({ state }: EngineSnapshot): string {
  return state.name === "waiting" || state.name === "failed" ? state.failure.message : "";
}

function rateItems({ state, flows }: EngineSnapshot, t: Translate): readonly ClusterItem[] {
  if (flows.held === 0 && state.name !== "streaming") return [];
  const share = flows.maxFlows > 0 ? Math.round((100 * flows.held) / flows.maxFlows) : 0;
  const label = t("{0} flows/s", rateText(flows.perSecond));
  const description = t("{0} held", countText(flows.held));
  const bound = t("{0} / {1} held here ({2} %)", countText(flows.held), countText(flows.maxFlows), share);
  return [{ id: "flows", label, description, tooltip: `${label}\n${bound}`, icon: "pulse" }];
}

function relayItems({ relay }: EngineSnapshot, t: Translate): readonly ClusterItem[] {
  if (!relay) return [];
  const share = relay.maxFlows > 0 ? Math.round((100 * relay.heldFlows) / relay.maxFlows) : 0;
  const held = t("{0} / {1} held ({2} %)", countText(relay.heldFlows), countText(relay.maxFlows), share);
  return [
    {
      id: "relay",
      label: t("relay"),
      description: held,
      tooltip: [
        relay.version === "" ? t("relay of unknown version") : relay.version,
        t("{0} by all nodes together", held),
        t("{0} flows/s in the cluster", rateText(relay.flowsPerSecond)),
        t("{0} flows seen", countText(relay.seenFlows)),
        t("up {0}", spanText(relay.uptimeMs)),
      ].join("\n"),
      icon: "server",
    },
  ];
}

function nodeItems({ nodes, relay }: EngineSnapshot, t: Translate): readonly ClusterItem[] {
  const counts = nodeCounts(nodes, relay);
  if (!counts) return [];
  const missing = counts.connected < counts.all;
  const unnamed = nodes.length === 0 ? (relay?.unavailableNodes ?? []) : [];
  return [
    {
      id: "nodes",
      label: t("nodes {0}/{1}", counts.connected, counts.all),
      ...(missing ? { description: t("not all are connected") } : {}),
      icon: missing ? "warning" : "server-environment",
      ...(missing ? { tone: "warning" as const } : {}),
      open: true,
      children: [
        ...nodes.map((node) => nodeItem(node, t)),
        ...unnamed.map((name) => ({
          id: `node/${name}`,
          label: name,
          description: nodeWord("unavailable", t),
          icon: "warning",
          tone: "warning" as const,
        })),
      ],
    },
  ];
}

function nodeItem(node: RelayNode, t: Translate): ClusterItem {
  const connected = node.state === "connected";
  return {
    id: `node/${node.name}`,
    label: node.name,
    description: connected ? countText(node.heldFlows) : nodeWord(node.state, t),
    tooltip: [
      `${node.name}: ${nodeWord(node.state, t)}`,
      t("{0} / {1} flows held", countText(node.heldFlows), countText(node.maxFlows)),
      ...(node.version === "" ? [] : [node.version]),
      ...(node.address === "" ? [] : [node.address]),
      t("up {0}", spanText(node.uptimeMs)),
    ].join("\n"),
    icon: connected ? "vm-active" : "vm-outline",
    ...(connected ? {} : { tone: "warning" as const }),
  };
}

function nodeWord(state: RelayNode["state"], t: Translate): string {
  switch (state) {
    case "connected":
      return t("connected");
    case "unavailable":
      return t("unavailable");
    case "gone":
      return t("gone");
    case "error":
      return t("error");
    case "unknown":
      return t("unknown");
    default:
      return assertNever(state);
  }
}

function lostItems({ lost }: EngineSnapshot, t: Translate): readonly ClusterItem[] {
  if (lost.length === 0) return [];
  const sources = [...new Set(lost.map(({ source }) => source))].sort();
  const sum = (figures: typeof lost): number => figures.reduce((total, { count }) => total + count, 0);
  return [
    {
      id: "lost",
      label: t("lost events {0}", countText(sum(lost))),
      description: sources.join(", "),
      tooltip: t("Events that Hubble could not keep up with: what they were is not known."),
      icon: "warning",
      tone: "warning",
      children: sources.map((source) => {
        const figures = lost.filter((figure) => figure.source === source);
        const nodes = figures.map(({ node, count }) => `${node} ${countText(count)}`);
        return {
          id: `lost/${source}`,
          label: source,
          description: countText(sum(figures)),
          tooltip: nodes.join("\n"),
          icon: "blank",
        };
      }),
    },
  ];
}

function undecodableItems({ flows }: EngineSnapshot, t: Translate): readonly ClusterItem[] {
  if (flows.undecodable === 0) return [];
  return [
    {
      id: "undecodable",
      label: t("not understood {0}", countText(flows.undecodable)),
      tooltip: t("Messages of the relay that could not be read. The log says more."),
      icon: "warning",
      tone: "warning",
    },
  ];
}

function captureItems(
  summary: Pick<CaptureSummary, "path" | "brokenCount" | "files">,
  { flows }: EngineSnapshot,
  t: Translate,
): readonly ClusterItem[] {
  const items: ClusterItem[] = [
    {
      id: "capture",
      label: fileName(summary.path),
      description: t("capture · {0} flows", countText(flows.held)),
      tooltip: summary.path,
      icon: "file",
    },
  ];
  if (flows.dropped > 0) {
    items.push({
      id: "dropped",
      label: t("{0} older flows not held", countText(flows.dropped)),
      description: t("at most {0}", countText(flows.maxFlows)),
      tooltip: t("The setting hubbleLens.store.maxFlows says how many are held."),
      icon: "warning",
      tone: "warning",
    });
  }
  for (const { path, trouble } of summary.files) {
    if (trouble === undefined) continue;
    items.push({
      id: `trouble ${path}`,
      label: t("{0} could not be read whole", fileName(path)),
      tooltip: trouble,
      icon: "warning",
      tone: "warning",
    });
  }
  if (summary.brokenCount > 0) {
    items.push({
      id: "broken",
      label: t("{0} lines could not be read", countText(summary.brokenCount)),
      icon: "warning",
      tone: "warning",
    });
  }
  return items;
}

function followingItems(
  source: Extract<FlowSource, { kind: "following" }>,
  { flows }: EngineSnapshot,
  t: Translate,
): readonly ClusterItem[] {
  const label = fileName(source.path);
  const state = followingText(source, t);
  const description = t("{0} flows", countText(flows.held));
  const tooltip = `${source.path}\n${state}`;
  const isWaiting = source.state.kind === "waiting";
  return [
    { id: "following", label, description, tooltip, icon: isWaiting ? "watch" : "eye" },
    ...(isWaiting ? [{ id: "waiting", label: state, icon: "warning", tone: "warning" as const }] : []),
    ...(source.rotations > 0
      ? [{ id: "rotations", label: t("rotated {0} times", countText(source.rotations)), icon: "history" }]
      : []),
  ];
}
