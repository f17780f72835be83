import { window } from "vscode";
import type { CaptureSummary } from "../../protocol/engine.ts";
import { countText } from "../numberText.ts";
import { fileName, readPercent } from "../session/sessionText.ts";
import { cancellableProgress } from "../vscode/cancellableProgress.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Open Capture…*: shows the flows of a file of jsonpb lines. */
export async function openCapture(parts: CommandParts): Promise<void> {
  const chosen = await window.showOpenDialog({
    title: t("Open Capture"),
    openLabel: t("Open Capture"),
    filters: { [t("Captured flows")]: ["json", "jsonl", "ndjson", "log", "txt"], [t("All files")]: ["*"] },
  });
  const uri = chosen?.[0];
  if (!uri) return;
  const name = fileName(uri.fsPath);
  let summary: CaptureSummary;
  try {
    summary = await readWithProgress(parts, uri.fsPath);
  } catch (error) {
    showError(parts.log, t("{0} could not be opened.", name), error, [
      { label: t("Choose Another"), run: () => openCapture(parts) },
    ]);
    return;
  }
  await parts.panel.reveal();
  await tellResult(parts, name, summary);
}

function readWithProgress({ session, model }: CommandParts, path: string): Promise<CaptureSummary> {
  return cancellableProgress(t("Reading {0}", fileName(path)), async (signal, report) => {
    const watching = model.onDidChange(({ source }) => {
      if (source.kind === "reading") report(readPercent(source) ?? 0);
    });
    try {
      return await session.openCapture(path, signal);
    } finally {
      watching.dispose();
    }
  });
}

async function tellResult({ log }: CommandParts, name: string, summary: CaptureSummary): Promise<void> {
  const flows = countText(summary.flows);
  if (summary.brokenCount === 0) {
    log.info("capture", `${name}: ${flows} flows`);
    return;
  }
  for (const { line, message } of summary.brokenLines) log.warn("capture", `${name}:${line}: ${message}`);
  const showLog = t("Show Log");
  const broken = countText(summary.brokenCount);
  const message =
    summary.brokenCount === 1
      ? t("{0}: {1} flows read; 1 line could not be read.", name, flows)
      : t("{0}: {1} flows read; {2} lines could not be read.", name, flows, broken);
  if ((await window.showWarningMessage(message, showLog)) === showLog) log.show();
}
