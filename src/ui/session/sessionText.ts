import { assertNever } from "../../base/assertNever.ts";
import type { EngineSnapshot, FlowSource } from "../../protocol/engine.ts";
import type { ConnectStep, SessionState, Target } from "../../protocol/session.ts";
import { countText, rateText } from "../numberText.ts";
import type { Translate } from "../translate.ts";

/** The short name of what a session is connected to, as the status bar shows it. */
export function targetName(target: Target, t: Translate): string {
  switch (target.kind) {
    case "address":
      return target.address;
    case "demo":
      return t("demo");
    case "kubernetes":
      return target.context ?? t("current context");
    default:
      return assertNever(target);
  }
}

/** Where a target's relay is: `kube-system/hubble-relay`, or an address. */
export function targetPlace(target: Target): string {
  switch (target.kind) {
    case "address":
    case "demo":
      return target.address;
    case "kubernetes":
      return `${target.namespace}/${target.service}`;
    default:
      return assertNever(target);
  }
}

/** The name of a target with its relay: `kind-prod · kube-system/hubble-relay`. */
export function targetDescription(target: Target, t: Translate): string {
  switch (target.kind) {
    case "address":
      return t("relay at {0}", target.address);
    case "demo":
      return t("demo cluster");
    case "kubernetes":
      return `${targetName(target, t)} · ${targetPlace(target)}`;
    default:
      return assertNever(target);
  }
}

/** What a connecting session is doing, in words. */
export function stepText(step: ConnectStep, t: Translate): string {
  switch (step) {
    case "kubeconfig":
      return t("reading the kubeconfig");
    case "find-relay":
      return t("finding Hubble Relay");
    case "port-forward":
      return t("opening a port-forward");
    case "relay":
      return t("greeting the relay");
    case "history":
      return t("asking for recent flows");
    default:
      return assertNever(step);
  }
}

/** A session's state in one or two words. */
export function stateWord(state: SessionState, t: Translate): string {
  switch (state.name) {
    case "idle":
      return t("not connected");
    case "connecting":
      return t("connecting");
    case "streaming":
      return t("streaming");
    case "paused":
      return t("paused");
    case "waiting":
      return t("waiting to try again");
    case "failed":
      return t("failed");
    default:
      return assertNever(state);
  }
}

/** When a waiting session tries again, in words. */
export function retryText(untilMs: number, nowMs: number, t: Translate): string {
  const seconds = Math.ceil((untilMs - nowMs) / 1000);
  return seconds > 0 ? t("Trying again in {0} s.", seconds) : t("Trying again now.");
}

/** The status bar item: a codicon, then few words; `detail` is for its tooltip and for screen readers. */
export interface StatusText {
  readonly text: string;
  readonly detail: string;
}

/** What the status bar says of a snapshot. */
export function statusText(snapshot: EngineSnapshot, nowMs: number, t: Translate): StatusText {
  const { state, source, flows } = snapshot;
  switch (state.name) {
    case "idle":
      if (source.kind === "reading") {
        const name = fileName(source.path);
        return { text: `$(loading~spin) ${name}`, detail: `Hubble: ${readingText(source, t)}` };
      }
      if (source.kind === "capture") {
        const name = fileName(source.summary.path);
        return {
          text: `$(file) ${name}`,
          detail: t("Hubble: capture {0}, {1} flows", name, countText(flows.held)),
        };
      }
      return { text: "$(search) Hubble", detail: t("Hubble: not connected") };
    case "connecting": {
      const step = stepText(state.step, t);
      const name = targetName(state.target, t);
      return { text: `$(loading~spin) ${name}`, detail: t("Hubble: connecting to {0}, {1}", name, step) };
    }
    case "streaming": {
      const rate = rateText(flows.perSecond);
      const target = targetDescription(state.target, t);
      return {
        text: `$(pulse) ${targetName(state.target, t)} · ${rate}/s`,
        detail: t("Hubble: {0}, {1} flows/s, {2} held", target, rate, countText(flows.held)),
      };
    }
    case "paused":
      return {
        text: `$(debug-pause) ${targetName(state.target, t)}`,
        detail: t("Hubble: paused, because nothing that shows flows is open"),
      };
    case "waiting":
      return {
        text: `$(warning) ${targetName(state.target, t)}`,
        detail: `${state.failure.message} ${retryText(state.untilMs, nowMs, t)}`,
      };
    case "failed":
      return { text: `$(error) ${targetName(state.target, t)}`, detail: state.failure.message };
    default:
      return assertNever(state);
  }
}

/** A capture that is being read. */
export type ReadingSource = Extract<FlowSource, { kind: "reading" }>;

/** How much of a capture has been read, from 0 to 100; `null` when its length is not known. */
export function readPercent({ bytesRead, totalBytes }: ReadingSource): number | null {
  return totalBytes > 0 ? Math.min(100, Math.floor((100 * bytesRead) / totalBytes)) : null;
}

/** That a capture is being read, and how far: `reading flows.jsonl, 42 %`. */
export function readingText(source: ReadingSource, t: Translate): string {
  const percent = readPercent(source);
  const name = fileName(source.path);
  return percent === null ? t("reading {0}", name) : t("reading {0}, {1} %", name, percent);
}

/** The path of the capture that the flows come from, if they come from one. */
export function capturePath(source: FlowSource): string | undefined {
  if (source.kind === "reading") return source.path;
  return source.kind === "capture" ? source.summary.path : undefined;
}

/** The last part of a path, whichever way its slashes lean. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
