// Runs before anything is installed: Node built-ins only, Node 20.
import { spawn } from "node:child_process";

const attempts = 3;
const heartbeatMs = 5_000;

/**
 * Runs npm in a folder, telling every few seconds that it is still at it; tries again when a registry hiccups.
 * @param {string} title what is being installed, shown to the person
 * @param {readonly string[]} args
 * @param {{ cwd: string, nodeFolder?: string }} options nodeFolder: put before PATH, so that npm's scripts use that Node
 */
export async function npmInstall(title, args, options) {
  for (let attempt = 1; ; attempt++) {
    const startedMs = Date.now();
    console.log(`${title} …`);
    const heartbeat = setInterval(() => {
      console.log(`  still at it, ${seconds(startedMs)} s`);
    }, heartbeatMs);
    const { status, output } = await runNpm(args, options).finally(() => {
      clearInterval(heartbeat);
    });
    if (status === 0) {
      console.log(`  done in ${seconds(startedMs)} s`);
      return;
    }
    console.error(output.trim());
    if (attempt === attempts) throw new Error(`npm ${args.join(" ")} failed ${attempts} times (see above)`);
    console.error(`  npm failed; trying again (${attempt + 1} of ${attempts})`);
  }
}

/**
 * @param {readonly string[]} args
 * @param {{ cwd: string, nodeFolder?: string }} options
 * @returns {Promise<{ status: number | null, output: string }>}
 */
function runNpm(args, { cwd, nodeFolder }) {
  // "npm run" names the npm that runs it: the same one is used, whatever PATH says.
  const own = process.env["npm_execpath"];
  const withOwn = own?.endsWith("npm-cli.js") === true;
  const command = withOwn ? process.execPath : "npm";
  const full = withOwn ? [/** @type {string} */ (own), ...args] : [...args];
  const path = [nodeFolder, process.env["PATH"]].filter((part) => part !== undefined).join(pathSeparator);
  const child = spawn(command, [...full, "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd,
    env: { ...process.env, PATH: path },
    shell: !withOwn && process.platform === "win32",
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const collect = (/** @type {Buffer} */ chunk) => {
    output += chunk.toString();
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  return new Promise((resolve) => {
    child.on("error", (error) => {
      resolve({ status: null, output: `${output}${error.message}` });
    });
    child.on("close", (status) => {
      resolve({ status, output });
    });
  });
}

const pathSeparator = process.platform === "win32" ? ";" : ":";

/** @param {number} startedMs */
function seconds(startedMs) {
  return Math.round((Date.now() - startedMs) / 1000);
}
