import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.ts";

/** Copies the tutorial's policies and flows to a new folder, with these workspace settings. */
export async function copyDemoWorkspace(
  folder: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  await cp(join(projectRoot, "test", "fixtures", "tutorial"), folder, {
    recursive: true,
    filter: (path) => !/\.(json|txt)$/.test(path),
  });
  // A workspace without settings has no file of them either: its presence activates the extension.
  if (Object.keys(settings).length === 0) return;
  await mkdir(join(folder, ".vscode"));
  await writeFile(join(folder, ".vscode", "settings.json"), `${JSON.stringify(settings, null, 2)}\n`);
}
