import { Uri, window, workspace } from "vscode";
import { localize as t } from "../vscode/localize.ts";
import { showError } from "../vscode/showError.ts";
import type { CommandParts } from "./commandParts.ts";

/** *Apply to Demo Cluster*: puts every policy of a document, as it stands in the editor, in force. */
export async function applyToDemo(parts: CommandParts, document: unknown): Promise<void> {
  await change(parts, document, {
    run: (text) => parts.demo.apply(text),
    done: (names) => t("Applied to the demo cluster: {0}", names),
    failed: t("The policy was not applied."),
  });
}

/** *Remove from Demo Cluster*: takes every policy that a document names out of force. */
export async function removeFromDemo(parts: CommandParts, document: unknown): Promise<void> {
  await change(parts, document, {
    run: (text) => parts.demo.remove(text),
    done: (names) => t("Removed from the demo cluster: {0}", names),
    failed: t("The policy was not removed."),
  });
}

interface Change {
  run(text: string): Promise<readonly string[]>;
  done(names: string): string;
  readonly failed: string;
}

async function change(parts: CommandParts, document: unknown, step: Change): Promise<void> {
  const uri = documentUri(document);
  if (!uri) {
    void window.showInformationMessage(t("Open a policy file first."));
    return;
  }
  try {
    const opened = await workspace.openTextDocument(uri);
    const names = await step.run(opened.getText());
    parts.log.info("demo", step.done(names.join(", ")));
    window.setStatusBarMessage(step.done(names.join(", ")), 5000);
  } catch (error) {
    showError(parts.log, step.failed, error);
  }
}

function documentUri(document: unknown): Uri | undefined {
  if (document instanceof Uri) return document;
  if (typeof document === "string") return Uri.parse(document);
  return window.activeTextEditor?.document.uri;
}
