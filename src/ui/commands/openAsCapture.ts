import { commands, Uri } from "vscode";
import type { CommandParts } from "./commandParts.ts";
import { followCapture, openCapture, openCaptures } from "./openCapture.ts";

/**
 * *Open as Hubble Capture*: from the explorer's menu, with all files that are selected there, and from the tab of a
 * capture, which names it as text. Without any file it asks for one.
 */
export async function openAsCapture(parts: CommandParts, file: unknown, selected: unknown): Promise<void> {
  const uris = Array.isArray(selected) ? selected.flatMap(uriOf) : uriOf(file);
  await (uris.length > 0 ? openCaptures(parts, uris) : openCapture(parts));
}

/** The same, and goes on with what is added to the file. */
export async function followAsCapture(parts: CommandParts, file: unknown): Promise<void> {
  await followCapture(parts, uriOf(file)[0]);
}

/** Shows a capture's lines in a text editor. */
export async function openAsText(file: unknown): Promise<void> {
  const [uri] = uriOf(file);
  if (uri) await commands.executeCommand("vscode.openWith", uri, "default");
}

/** Shows what was dropped on a view of ours: files and folders, as `text/uri-list` or one by one. */
export async function openDropped(parts: CommandParts, uris: readonly Uri[]): Promise<void> {
  if (uris.length > 0) await openCaptures(parts, uris);
}

function uriOf(value: unknown): readonly Uri[] {
  if (value instanceof Uri) return [value];
  return typeof value === "string" && value !== "" ? [Uri.parse(value)] : [];
}
