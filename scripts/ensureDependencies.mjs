// Runs before anything is installed: Node built-ins only, Node 20.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { npmInstall } from "./npmInstall.mjs";

/**
 * Installs the project's own packages where node_modules is missing or is not what package-lock.json says.
 * @param {string} root the project's folder
 * @param {string} nodeFolder
 */
export async function ensureDependencies(root, nodeFolder) {
  const wanted = await readPackages(join(root, "package-lock.json"));
  if (wanted === undefined) throw new Error("package-lock.json is missing or cannot be read");
  const present = await readPackages(join(root, "node_modules", ".package-lock.json"));
  if (present !== undefined && isComplete(wanted, present)) return;
  const title =
    present === undefined
      ? "Installing the project's packages (npm ci)"
      : "Packages differ from package-lock.json: installing them (npm ci)";
  // No package needs its install script here; some would download what they never use.
  await npmInstall(title, ["ci", "--ignore-scripts"], { cwd: root, nodeFolder });
}

/** @typedef {Record<string, { version?: string, optional?: boolean, devOptional?: boolean }>} Packages */

/**
 * @param {string} path
 * @returns {Promise<Packages | undefined>}
 */
async function readPackages(path) {
  try {
    const lock = /** @type {{ packages?: Packages }} */ (JSON.parse(await readFile(path, "utf8")));
    return lock.packages;
  } catch (error) {
    // Missing, or half written by an install that was broken off: both mean "install".
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error)) return undefined;
    throw error;
  }
}

/**
 * @param {Packages} wanted
 * @param {Packages} present
 */
function isComplete(wanted, present) {
  return Object.entries(wanted).every(([path, { version, optional, devOptional }]) => {
    if (path === "") return true;
    const there = present[path];
    if (there === undefined) return optional === true || devOptional === true;
    return there.version === version;
  });
}
