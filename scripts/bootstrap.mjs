// `node scripts/bootstrap.mjs FILE [ARGUMENT…]`: runs a script of this project on a fresh clone and an older Node:
// fetches a Node that runs TypeScript, installs the packages, and runs FILE with them. Node built-ins only, Node 20.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureDependencies } from "./ensureDependencies.mjs";
import { ensureNode, nodeFolderOf } from "./ensureNode.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @returns {Promise<number>} */
async function main() {
  const [file, ...args] = process.argv.slice(2);
  if (file === undefined) throw new Error("usage: node scripts/bootstrap.mjs FILE [ARGUMENT…]");
  const node = await ensureNode(root);
  const nodeFolder = nodeFolderOf(node);
  await ensureDependencies(root, nodeFolder);
  const separator = process.platform === "win32" ? ";" : ":";
  const child = spawn(node, [join(root, file), ...args], {
    cwd: root,
    stdio: "inherit",
    env: {
      ...process.env,
      PATH: `${nodeFolder}${separator}${process.env["PATH"] ?? ""}`,
      // For the test of what must run on an older Node than this project's own scripts.
      HUBBLE_LENS_SYSTEM_NODE: process.execPath,
    },
  });
  // A terminal signals the whole group, a supervisor only this process: the script hears of it either way and ends by itself.
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  // A shell between npm and this process dies of a signal without passing it on: then nobody waits for the script.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, 500);
  watch.unref();
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (status, signal) => {
      resolve(status ?? (signal === null ? 1 : 128));
    });
  });
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
