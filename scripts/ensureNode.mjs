// Runs before anything is installed: Node built-ins only, Node 20.
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { npmInstall } from "./npmInstall.mjs";

/** Runs TypeScript as it is, and `@kubernetes/client-node`. */
const minimum = [22, 18];
const fetched = "24.21.0";

/**
 * The Node binary that scripts and tests run with: this one, or Node 24 from npm where this one is too old.
 * @param {string} root the project's folder
 * @returns {Promise<string>} its absolute path
 */
export async function ensureNode(root) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;

  const platform = process.platform === "win32" ? "win" : process.platform;
  const name = `node-${platform}-${process.arch}`;
  const folder = join(root, ".vscode-test", "node");
  const binary = join(folder, "node_modules", name, "bin", platform === "win" ? "node.exe" : "node");
  if (!existsSync(binary)) {
    await mkdir(folder, { recursive: true });
    const title = `Node ${minimum.join(".")} or newer is needed, this is ${process.versions.node}: fetching Node ${fetched} from npm`;
    const args = ["install", "--prefix", folder, "--ignore-scripts", "--save-exact", `${name}@${fetched}`];
    await npmInstall(title, args, { cwd: folder });
    if (!existsSync(binary)) throw new Error(`${name}@${fetched} has no ${binary}`);
  }
  return binary;
}

/**
 * The folder to put before PATH so that `node` is that binary.
 * @param {string} binary
 */
export function nodeFolderOf(binary) {
  return dirname(binary);
}
