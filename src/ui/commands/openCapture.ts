import { type Uri, window } from "vscode";
import type { CaptureSummary } from "../../protocol/engine.ts";
import { countText } from "../numberText.ts";
import { fileName, readPercent } from "../session/sessionText.ts";
import { cancellableProgress } from "../vscode/cancellableProgress.ts";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";
import { isOnThisMachine } from "./isOnThisMachine.ts";

const captureFilters = (): Record<string, string[]> => ({
  [t("Captured flows")]: ["jsonl", "json", "ndjson", "log", "gz", "txt"],
  [t("All files")]: ["*"],
});

const copyFirst = (): string => t("Copy it there first.");

/** *Open Capture…*: shows the flows of files of jsonpb or exporter lines. */
export async function openCapture(parts: CommandParts): Promise<void> {
  const chosen = await window.showOpenDialog({
    title: t("Open Capture"),
    openLabel: t("Open Capture"),
    canSelectMany: true,
    filters: captureFilters(),
  });
  if (chosen) await openCaptures(parts, chosen, () => openCapture(parts));
}

/** *Open Folder of Captures…*: shows the flows of all captures in a folder. A dialog cannot offer both on every system. */
export async function openCaptureFolder(parts: CommandParts): Promise<void> {
  const chosen = await window.showOpenDialog({
    title: t("Open Folder of Captures"),
    openLabel: t("Open Captures"),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  if (chosen) await openCaptures(parts, chosen, () => openCaptureFolder(parts));
}

/** *Follow Capture…*: shows the flows of a file, and those that are added to it, as `tail -F` does. */
export async function followCapture(parts: CommandParts, chosenFile?: Uri): Promise<void> {
  const [file] = chosenFile
    ? [chosenFile]
    : ((await window.showOpenDialog({
        title: t("Follow Capture"),
        openLabel: t("Follow"),
        filters: captureFilters(),
      })) ?? []);
  if (!file || !isOnThisMachine(file, copyFirst())) return;
  const name = fileName(file.fsPath);
  try {
    await cancellableProgress(t("Reading {0}", name), (signal, report) =>
      reporting(parts, report, () => parts.session.followCapture(file.fsPath, signal)),
    );
  } catch (error) {
    showError(parts.log, t("{0} could not be followed.", name), error, [
      { label: t("Choose Another"), run: () => followCapture(parts) },
    ]);
    return;
  }
  await parts.panel.reveal();
}

/** *Stop Following*: what came until now stays, as a capture. */
export async function stopFollowing({ engine }: CommandParts): Promise<void> {
  await engine.request("cancelCapture", null);
}

/** Shows the flows of files and folders, from wherever they were chosen; of one file of a rotated set, asks for the others. */
export async function openCaptures(
  parts: CommandParts,
  uris: readonly Uri[],
  chooseAnother: () => unknown = () => openCapture(parts),
): Promise<void> {
  const paths = uris.filter((uri) => isOnThisMachine(uri, copyFirst())).map(({ fsPath }) => fsPath);
  const [first, ...rest] = paths;
  if (first === undefined) return;
  const name = fileName(first);
  let summary: CaptureSummary;
  try {
    const chosen = rest.length === 0 ? await withRotated(parts, first) : paths;
    const [path, ...others] = chosen ?? [];
    if (path === undefined) return;
    const title = others.length === 0 ? t("Reading {0}", name) : t("Reading {0} captures", others.length + 1);
    summary = await cancellableProgress(title, (signal, report) =>
      reporting(parts, report, () => parts.session.openCapture(path, signal, others)),
    );
  } catch (error) {
    showError(parts.log, t("{0} could not be opened.", name), error, [
      { label: t("Choose Another"), run: chooseAnother },
    ]);
    return;
  }
  await parts.panel.reveal();
  await tellResult(parts, name, summary);
}

/** The files to read for one that was chosen; `undefined` when the person thinks better of it. */
async function withRotated({ engine }: CommandParts, path: string): Promise<readonly string[] | undefined> {
  const { paths } = await engine.request("captureSet", { path });
  if (paths.length === 1) return [path];
  const all = t("All {0} files of the rotated set", paths.length);
  const names = paths.map(fileName);
  const choice = await window.showQuickPick(
    [
      { label: all, detail: names.join(", "), paths },
      { label: t("Only {0}", fileName(path)), paths: [path] },
    ],
    { title: t("Open Capture"), placeHolder: t("{0} is one of a rotated set.", fileName(path)) },
  );
  return choice?.paths;
}

async function reporting<T>(
  { model }: CommandParts,
  report: (percent: number) => void,
  read: () => Promise<T>,
): Promise<T> {
  const watching = model.onDidChange(({ source }) => {
    if (source.kind === "reading") report(readPercent(source) ?? 0);
    else if (source.kind === "following" && source.state.kind === "catching-up") {
      report(readPercent(source.state) ?? 0);
    }
  });
  try {
    return await read();
  } finally {
    watching.dispose();
  }
}

async function tellResult({ log }: CommandParts, name: string, summary: CaptureSummary): Promise<void> {
  const flows = countText(summary.flows);
  const troubles = summary.files.flatMap(({ trouble }) => trouble ?? []);
  for (const { path, line, message } of summary.brokenLines)
    log.warn("capture", `${path}:${line}: ${message}`);
  for (const trouble of troubles) log.warn("capture", trouble);
  if (summary.brokenCount === 0 && troubles.length === 0) {
    log.info("capture", `${name}: ${flows} flows`);
    return;
  }
  const broken = countText(summary.brokenCount);
  const brokenText =
    summary.brokenCount === 1 ? t("1 line could not be read.") : t("{0} lines could not be read.", broken);
  const message = [
    t("{0}: {1} flows read.", name, flows),
    ...(summary.brokenCount > 0 ? [brokenText] : []),
    ...troubles.slice(0, 2),
  ].join(" ");
  const showLog = t("Show Log");
  if ((await window.showWarningMessage(message, showLog)) === showLog) log.show();
}
