import { assertNever } from "../../base/assertNever.ts";
import type { EngineSnapshot, FlowSource, RecordingState } from "../../protocol/engine.ts";
import type { ConnectStep, SessionState, Target } from "../../protocol/session.ts";
import { countText, rateText } from "../numberText.ts";
import type { Translate } from "../translate.ts";
import type { Beginning } from "./hubbleModel.ts";

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

/** A snapshot, and what a person asked for that it does not tell of yet. */
export type SnapshotToCome = EngineSnapshot & { readonly beginning?: Beginning | undefined };

/** What the status bar says of a snapshot. */
export function statusText(snapshot: SnapshotToCome, nowMs: number, t: Translate): StatusText {
  const { text, detail } = sessionStatus(snapshot, nowMs, t);
  const { recording } = snapshot;
  if (!recording) return { text, detail };
  const icon = recording.failure === undefined ? "record" : "warning";
  return { text: `${text} $(${icon})`, detail: `${detail}\n${recordingText(recording, t)}` };
}

function sessionStatus(snapshot: SnapshotToCome, nowMs: number, t: Translate): StatusText {
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
      if (source.kind === "following") {
        const detail = `Hubble: ${followingText(source, t)}`;
        const icon = source.state.kind === "waiting" ? "watch" : "eye";
        return { text: `$(${icon}) ${fileName(source.path)}`, detail };
      }
      return idleStatus(snapshot.beginning, t);
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

function idleStatus(beginning: Beginning | undefined, t: Translate): StatusText {
  switch (beginning) {
    case "demo":
      return { text: `$(loading~spin) ${t("demo")}`, detail: t("Hubble: starting the demo cluster") };
    case "connection":
      return { text: "$(loading~spin) Hubble", detail: t("Hubble: connecting") };
    case undefined:
      return { text: "$(search) Hubble", detail: t("Hubble: not connected") };
    default:
      return assertNever(beginning);
  }
}

/** A capture that is being read. */
export type ReadingSource = Extract<FlowSource, { kind: "reading" }>;

/** How much of a capture has been read, from 0 to 100; `null` when its length is not known. */
export function readPercent({
  bytesRead,
  totalBytes,
}: Pick<ReadingSource, "bytesRead" | "totalBytes">): number | null {
  return totalBytes > 0 ? Math.min(100, Math.floor((100 * bytesRead) / totalBytes)) : null;
}

/** That a capture is being read, and how far: `reading flows.jsonl, 42 %`. */
export function readingText(source: ReadingSource, t: Translate): string {
  const percent = readPercent(source);
  const name = fileName(source.path);
  return percent === null ? t("reading {0}", name) : t("reading {0}, {1} %", name, percent);
}

/** That a file is followed, and what that has come to. */
export function followingText(source: Extract<FlowSource, { kind: "following" }>, t: Translate): string {
  const name = fileName(source.path);
  switch (source.state.kind) {
    case "waiting":
      return t("waiting for {0}: there is no such file", name);
    case "catching-up":
      return t("reading {0}, to follow it", name);
    case "following":
      return t("following {0}", name);
    default:
      return assertNever(source.state);
  }
}

/** What is recorded, in words: `recording 1,204 flows to a.jsonl`. */
function recordingText(recording: RecordingState, t: Translate): string {
  const name = fileName(recording.path);
  if (recording.failure !== undefined) return t("the recording to {0} failed: {1}", name, recording.failure);
  const text = t("recording to {0}: {1} flows", name, countText(recording.flows));
  if (recording.notRecorded === 0) return text;
  return t("{0}, {1} missing because the disk is too slow", text, countText(recording.notRecorded));
}

/** The path of the capture that the flows come from, if they come from one. */
export function capturePath(source: FlowSource): string | undefined {
  if (source.kind === "reading" || source.kind === "following") return source.path;
  return source.kind === "capture" ? source.summary.path : undefined;
}

/** The last part of a path, whichever way its slashes lean. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
