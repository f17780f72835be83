// `node scripts/guardServer.mjs FOLDER ENTRY [ARGUMENT…]`: runs a Node program in a process group of its own and ends
// that whole group, then removes FOLDER, when it is told to (the end of its standard input) or when whoever started it
// has gone in whatever way, which ends its standard input too. Exits with the program's status when that ends by itself.
import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const endsWithinMs = 10_000;
const [folder = "", ...programAndArguments] = process.argv.slice(2);

const server = spawn(process.execPath, programAndArguments, {
  cwd: folder,
  detached: true,
  stdio: ["ignore", "inherit", "inherit"],
});
/** @type {number | undefined} */
let status;

// A terminal's Ctrl-C is for whoever started this, who ends it in order.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(signal, () => undefined);

await new Promise((resolve) => {
  server.on("error", resolve);
  server.on("close", (code) => {
    status = code ?? 1;
    resolve(undefined);
  });
  process.stdin.on("close", resolve).on("error", resolve).resume();
});
if (server.pid !== undefined) await endGroup(server.pid);
await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
process.exit(status ?? 0);

/**
 * Signals a whole process group and waits until none of it is left: the extension host outlives the server by seconds.
 * @param {number} group
 */
async function endGroup(group) {
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGKILL"])) {
    if (!signalGroup(group, signal)) return;
    const deadlineMs = Date.now() + endsWithinMs;
    while (Date.now() < deadlineMs) {
      if (!signalGroup(group, 0)) return;
      await setTimeout(50);
    }
  }
}

/**
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} false: nobody is left
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
