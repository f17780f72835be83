import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.ts";

export interface DemoWorkspace {
  /** The folder to open, absolute. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/** A copy of the tutorial's policies in a temporary folder, with these workspace settings. */
export async function createDemoWorkspace(
  settings: Readonly<Record<string, unknown>>,
): Promise<DemoWorkspace> {
  const parent = await mkdtemp(join(tmpdir(), "hl-ws-"));
  const folder = join(parent, "star-wars");
  await cp(join(projectRoot, "test", "fixtures", "tutorial"), folder, {
    recursive: true,
    filter: (path) => !/\.(json|txt)$/.test(path),
  });
  // A workspace without settings has no file of them either: its presence activates the extension.
  if (Object.keys(settings).length > 0) {
    await mkdir(join(folder, ".vscode"));
    await writeFile(join(folder, ".vscode", "settings.json"), `${JSON.stringify(settings, null, 2)}\n`);
  }
  return {
    folder,
    remove: () => rm(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 }),
  };
}
