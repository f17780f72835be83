import { homedir } from "node:os";
import { type QuickPickItem, Uri, window, workspace } from "vscode";
import type { RecordingState } from "../../protocol/engine.ts";
import { countText } from "../numberText.ts";
import { fileName, targetName } from "../session/sessionText.ts";
import { localize as t } from "../vscode/localize.ts";
import { readSetting } from "../vscode/settings.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";
import { isOnThisMachine } from "./isOnThisMachine.ts";
import { openCaptures } from "./openCapture.ts";
import { timeStamp } from "./timeStamp.ts";

interface Choice extends QuickPickItem {
  readonly redact: boolean;
  readonly filtered: boolean;
}

/** *Record Capture…*: asks what to record and where, and begins; the status bar says so until it is stopped. */
export async function recordCapture(parts: CommandParts): Promise<void> {
  const { engine, panel, log, model } = parts;
  const choice = await window.showQuickPick(choices(panel.filter, panel.view !== 0), {
    title: t("Record Capture"),
    placeHolder: t("What comes from now on is recorded until you stop it"),
  });
  if (!choice) return;
  const { state } = model.snapshot;
  const target = state.name === "idle" ? "hubble" : targetName(state.target, t);
  const file = await window.showSaveDialog({
    title: t("Record Capture"),
    saveLabel: t("Record"),
    defaultUri: Uri.joinPath(defaultFolder(), `${safeName(target)}-${timeStamp(new Date())}.jsonl`),
    filters: { [t("JSON lines")]: ["jsonl", "json", "log"] },
  });
  if (!file || !isOnThisMachine(file, t("Choose a folder there."))) return;
  try {
    await engine.request("startRecording", {
      path: file.fsPath,
      maxBytes: readSetting("recording.maxMegabytes") * 1_000_000,
      maxFiles: readSetting("recording.maxFiles"),
      redact: choice.redact,
      ...(choice.filtered && { view: panel.view }),
    });
  } catch (error) {
    showError(log, t("The recording could not be started."), error, [
      { label: t("Choose Another"), run: () => recordCapture(parts) },
    ]);
    return;
  }
  tellFailure(parts, file.fsPath);
}

/** *Stop Recording*: says what it came to, and offers to open it. */
export async function stopRecording(parts: CommandParts): Promise<void> {
  const state = await parts.engine.request("stopRecording", null);
  if (!state) return;
  const open = t("Open Capture");
  const message = resultText(state);
  const isWhole = state.failure === undefined && state.notRecorded === 0;
  const show = isWhole ? window.showInformationMessage : window.showWarningMessage;
  const chosen = await show(message, ...(state.flows > 0 ? [open] : []));
  if (chosen === open) await openCaptures(parts, [Uri.file(state.path)]);
}

/** The folder that a file dialog begins in: the workspace's first, else wherever it was last. */
export function defaultFolder(): Uri {
  const folder = workspace.workspaceFolders?.[0]?.uri;
  return folder?.scheme === "file" ? folder : Uri.file(homedir());
}

function choices(filter: string, isOpen: boolean): readonly Choice[] {
  const redacted = t("Names and addresses replaced; header values and query strings removed.");
  const choice = (label: string, more: Omit<Choice, "label">): Choice => ({ label, ...more });
  const all: Choice[] = [
    choice(t("All flows"), { redact: false, filtered: false }),
    choice(t("All flows, redacted"), { detail: redacted, redact: true, filtered: false }),
  ];
  if (filter === "" || !isOpen) return all;
  return [
    ...all,
    choice(t("Flows of the filter"), { description: filter, redact: false, filtered: true }),
    choice(t("Flows of the filter, redacted"), {
      description: filter,
      detail: redacted,
      redact: true,
      filtered: true,
    }),
  ];
}

/** A recording that fails says so once, whoever looks where. */
function tellFailure(parts: CommandParts, path: string): void {
  const { model, log } = parts;
  let begun = false;
  const watching = model.onDidChange(({ recording }) => {
    if (recording?.path === path) begun = true;
    else if (begun) watching.dispose();
    if (recording?.path !== path || recording.failure === undefined) return;
    watching.dispose();
    showError(log, t("The recording stopped."), new Error(recording.failure), [
      { label: t("Stop Recording"), run: () => stopRecording(parts) },
    ]);
  });
}

function resultText({ path, flows, files, notRecorded, failure }: RecordingState): string {
  const name = fileName(path);
  const count = countText(flows);
  return [
    files === 1
      ? t("{0} flows recorded to {1}.", count, name)
      : t("{0} flows recorded to {1}, in {2} files.", count, name, files),
    ...(notRecorded > 0 ? [t("{0} events are missing: the disk was too slow.", countText(notRecorded))] : []),
    ...(failure === undefined ? [] : [failure]),
  ].join(" ");
}

/** A name that every file system takes. */
function safeName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9.-]+/g, "-").replaceAll(/^-+|-+$/g, "") || "hubble";
}
