import { type QuickPickItem, Uri, window } from "vscode";
import type { ExportFormat, ExportSummary } from "../../protocol/engine.ts";
import { CancelledError } from "../cancelledError.ts";
import { countText } from "../numberText.ts";
import { fileName } from "../session/sessionText.ts";
import { cancellableProgress } from "../vscode/cancellableProgress.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";
import { isOnThisMachine } from "./isOnThisMachine.ts";
import { defaultFolder } from "./recordCapture.ts";
import { timeStamp } from "./timeStamp.ts";

interface Choice extends QuickPickItem {
  readonly format: ExportFormat;
  readonly redact: boolean;
}

/** *Export Flows…*: writes what the panel shows, all rows of it, to a file. */
export async function exportFlows(parts: CommandParts): Promise<void> {
  const { panel, log, model } = parts;
  if (!model.inUse) {
    void window.showInformationMessage(
      t("There are no flows to export: nothing is connected, and no capture is open."),
    );
    return;
  }
  const choice = await window.showQuickPick(choices(), {
    title: t("Export Flows"),
    placeHolder: panel.filter === "" ? t("All flows that are held") : t("The flows of {0}", panel.filter),
  });
  if (!choice) return;
  const extension = choice.format === "csv" ? "csv" : "jsonl";
  const file = await window.showSaveDialog({
    title: t("Export Flows"),
    saveLabel: t("Export"),
    defaultUri: Uri.joinPath(defaultFolder(), `flows-${timeStamp(new Date())}.${extension}`),
    filters: choice.format === "csv" ? { CSV: ["csv"] } : { [t("JSON lines")]: ["jsonl", "json"] },
  });
  if (!file || !isOnThisMachine(file, t("Choose a folder there."))) return;
  let summary: ExportSummary;
  try {
    summary = await writeWithProgress(parts, file.fsPath, choice);
  } catch (error) {
    showError(log, t("The flows could not be exported."), error, [
      { label: t("Choose Another"), run: () => exportFlows(parts) },
    ]);
    return;
  }
  await tellResult(file, summary);
}

function choices(): readonly Choice[] {
  const redacted = t("Names and addresses replaced; header values and query strings removed.");
  return [
    {
      label: t("JSON lines"),
      detail: t("What hubble observe -o jsonpb prints, and reads."),
      format: "jsonpb",
      redact: false,
    },
    { label: t("JSON lines, redacted"), detail: redacted, format: "jsonpb", redact: true },
    { label: "CSV", detail: t("A table, for spreadsheets: a line per flow."), format: "csv", redact: false },
    { label: t("CSV, redacted"), detail: redacted, format: "csv", redact: true },
  ];
}

async function writeWithProgress(
  { engine, model, panel }: CommandParts,
  path: string,
  { format, redact }: Choice,
): Promise<ExportSummary> {
  return cancellableProgress(t("Writing {0}", fileName(path)), async (signal, report) => {
    const watching = model.onDidChange(({ exporting }) => {
      if (exporting) report((100 * exporting.done) / Math.max(1, exporting.total));
    });
    const cancel = (): void => {
      void engine.request("cancelExport", null);
    };
    signal.addEventListener("abort", cancel, { once: true });
    // The panel has a view only when it was looked at.
    const opened = panel.view === 0 ? await engine.request("openView", { filter: panel.filter }) : undefined;
    const view = opened?.view ?? panel.view;
    try {
      if (signal.aborted) throw new CancelledError();
      // The dialog has asked whether a file that is there may be replaced.
      return await engine.request("exportView", { view, path, format, redact, overwrite: true });
    } finally {
      watching.dispose();
      signal.removeEventListener("abort", cancel);
      if (opened) await engine.request("closeView", { view });
    }
  });
}

async function tellResult(file: Uri, { flows, notHeld }: ExportSummary): Promise<void> {
  const open = t("Open File");
  const text = t("{0} flows written to {1}.", countText(flows), fileName(file.fsPath));
  const chosen =
    notHeld === 0
      ? await window.showInformationMessage(text, open)
      : await window.showWarningMessage(
          `${text} ${t("{0} had made room for newer ones meanwhile.", countText(notHeld))}`,
          open,
        );
  if (chosen === open) await window.showTextDocument(file);
}
