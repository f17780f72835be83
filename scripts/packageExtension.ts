import { stat } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.ts";
import { runCommand } from "./runCommand.ts";

/** What the issue tracker of a slow connection would say: 4 MB is the most that an install may download. */
const maxVsixBytes = 4_000_000;

/**
 * Bundles for production and packs hubble-lens.vsix.
 * @returns its absolute path
 */
export async function packageExtension(): Promise<string> {
  const vsix = join(projectRoot, "hubble-lens.vsix");
  await runCommand(process.execPath, ["esbuild.mjs", "--production"]);
  const vsce = join(projectRoot, "node_modules", "@vscode", "vsce", "vsce");
  // Everything is in the bundles, so no package is shipped as such; a repository is not published yet.
  const options = [
    "--no-dependencies",
    "--allow-missing-repository",
    "--skip-license",
    "--no-rewrite-relative-links",
  ];
  await runCommand(process.execPath, [vsce, "package", ...options, "--out", vsix]);
  const { size } = await stat(vsix);
  console.log(`hubble-lens.vsix: ${(size / 1e6).toFixed(2)} MB`);
  if (size > maxVsixBytes) {
    throw new Error(`hubble-lens.vsix has ${size} bytes, ${maxVsixBytes} are allowed`);
  }
  return vsix;
}

if (import.meta.main) await packageExtension();
