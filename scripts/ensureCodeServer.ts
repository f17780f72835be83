import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { npmInstall } from "./npmInstall.mjs";
import { projectRoot } from "./projectRoot.ts";

/** The real VS Code workbench and server, from npm: VS Code 1.139. */
const version = "4.139.1";

/**
 * Installs code-server in an ignored folder, once.
 * @returns the absolute path of its entry file, to be run by Node 24
 */
export async function ensureCodeServer(): Promise<string> {
  const folder = join(projectRoot, ".vscode-test", "code-server");
  const server = join(folder, "node_modules", "code-server");
  const entry = join(server, "out", "node", "entry.js");
  const stamp = join(folder, "installed.txt");
  if (existsSync(entry) && (await readStamp(stamp)) === version) return entry;

  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{ "name": "code-server-host", "private": true }\n');
  const nodeFolder = dirname(process.execPath);
  // Without its install scripts: one of them wants the Kerberos headers of the system, which nothing here needs.
  await npmInstall(
    `Installing VS Code (code-server ${version} from npm, about 600 MB on disk)`,
    ["install", "--ignore-scripts", "--save-exact", `code-server@${version}`],
    { cwd: folder, nodeFolder },
  );
  const vscode = join(server, "lib", "vscode");
  await npmInstall(
    "Installing the packages of VS Code's server",
    ["install", "--omit=dev", "--ignore-scripts"],
    {
      cwd: vscode,
      nodeFolder,
    },
  );
  await writeFile(join(vscode, "node_modules", "@vscode", "spdlog", "index.js"), spdlogStandIn);
  await writeFile(join(vscode, "node_modules", "@vscode", "native-watchdog", "index.js"), watchdogStandIn);
  await writeFile(stamp, version);
  return entry;
}

async function readStamp(path: string): Promise<string | undefined> {
  return existsSync(path) ? await readFile(path, "utf8") : undefined;
}

/** Stands for the native log writer, which would have to be compiled: without one, output channels stay empty. */
const spdlogStandIn = `"use strict";
const fs = require("node:fs");
const path = require("node:path");
const levels = ["trace", "debug", "info", "warning", "error", "critical"];
class Logger {
  constructor(type, name, file) {
    this.file = file;
    this.level = 2;
    this.plain = false;
    fs.mkdirSync(path.dirname(file), { recursive: true });
  }
  write(level, message) {
    if (level < this.level) return;
    const time = new Date().toISOString().replace("T", " ").replace("Z", "");
    const line = this.plain ? message : time + " [" + levels[level] + "] " + message + "\\n";
    try {
      fs.appendFileSync(this.file, line);
    } catch (error) {
      if (error.code !== "ENOENT") throw error; // the folder of a test that has ended
    }
  }
  getLevel() { return this.level; }
  setLevel(level) { this.level = level; }
  setPattern() {}
  clearFormatters() { this.plain = true; }
  flush() {}
  drop() {}
}
for (const [level, name] of ["trace", "debug", "info", "warn", "error", "critical"].entries()) {
  Logger.prototype[name] = function (message) { this.write(level, message); };
}
exports.version = 0;
exports.Logger = Logger;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.createRotatingLogger = async (name, file) => new Logger("rotating", name, file);
exports.createAsyncRotatingLogger = async (name, file) => new Logger("rotating_async", name, file);
`;

/** Stands for the native watchdog, which ends the extension host when the server has gone. */
const watchdogStandIn = `"use strict";
exports.start = (pid) => {
  setInterval(() => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if (error.code === "ESRCH") process.exit(87);
    }
  }, 1000).unref();
};
exports.exit = (code) => process.exit(code || 0);
`;
