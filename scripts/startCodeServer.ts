import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface CodeServerOptions {
  /** The entry file of code-server. */
  readonly entry: string;
  /** The folder that the workbench opens. */
  readonly workspace: string;
  /** Installed before the start; absent: the extension comes from a development path. */
  readonly vsix?: string;
  readonly userSettings?: Readonly<Record<string, unknown>>;
  /** Tried in turn; 0 lets the system choose. */
  readonly ports: readonly number[];
  /** Lets a page run tests inside the extension host; suppresses toasts and dialogs. */
  readonly testDriver?: boolean;
  /** Added to the environment of the server and its extension host. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface CodeServer {
  readonly port: number;
  /** The workbench's address with these files open. */
  url(files?: readonly string[], payload?: readonly (readonly [string, string])[]): string;
  /** The whole process group of the server; its extension host is in it. */
  readonly pid: number;
  /** Where the server keeps its user data, logs and extensions. */
  readonly folder: string;
  /** Ends every process of the server and removes its folder. */
  readonly stop: () => Promise<void>;
}

const readyWithinMs = 60_000;
const endsWithinMs = 10_000;

/** Starts VS Code's server on loopback, with user data and extensions in a folder of its own that `stop` removes. */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  // Short, because Unix sockets are made in it.
  const folder = await mkdtemp(join(tmpdir(), "hl-"));
  const paths = {
    home: join(folder, "home"),
    data: join(folder, "data"),
    extensions: join(folder, "ext"),
    tmp: join(folder, "tmp"),
    settings: join(folder, "data", "User", "settings.json"),
    log: join(folder, "server.log"),
  };
  for (const path of [paths.home, paths.extensions, paths.tmp, dirname(paths.settings)]) {
    await mkdir(path, { recursive: true });
  }
  await writeFile(paths.settings, JSON.stringify({ ...quietSettings, ...options.userSettings }, null, 2));
  await writeFile(join(folder, "config.yaml"), "");

  const environment = {
    ...withoutVscode(process.env),
    HOME: paths.home,
    XDG_CONFIG_HOME: join(paths.home, "config"),
    XDG_DATA_HOME: join(paths.home, "share"),
    XDG_CACHE_HOME: join(paths.home, "cache"),
    XDG_RUNTIME_DIR: paths.tmp,
    TMPDIR: paths.tmp,
    CODE_SERVER_CONFIG: join(folder, "config.yaml"),
    EXTENSIONS_GALLERY: "{}",
    ...options.environment,
  };
  const common = ["--user-data-dir", paths.data, "--extensions-dir", paths.extensions];
  const log = createWriteStream(paths.log);
  const run = (args: readonly string[]) => {
    const child = spawn(process.execPath, [options.entry, ...common, ...args], {
      cwd: paths.home,
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    return child;
  };

  let server: ChildProcess | undefined;
  const stop = async () => {
    if (server !== undefined) await endGroup(server);
    log.end();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
  try {
    if (options.vsix !== undefined) {
      const install = run(["--install-extension", options.vsix, "--force"]);
      const [status] = (await once(install, "close")) as [number | null];
      if (status !== 0) throw new Error(`installing ${options.vsix} failed: ${await readText(paths.log)}`);
    }
    const port = await freePort(options.ports);
    server = run([
      ...["--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
      ...["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
      ...["--disable-getting-started-override", "--ignore-last-opened"],
      ...(options.testDriver === true ? ["--vscode-option", "enable-smoke-test-driver"] : []),
    ]);
    await untilHealthy(port, server, paths.log, options.signal);
    const pid = server.pid;
    if (pid === undefined) throw new Error("the server has no process id");
    return {
      port,
      pid,
      folder,
      url: (files = [], payload = []) => workbenchUrl(port, options.workspace, files, payload),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** What would move, ask or look something up on its own. */
const quietSettings = {
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "workbench.startupEditor": "none",
  "workbench.enableExperiments": false,
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "security.workspace.trust.enabled": false,
  "editor.minimap.enabled": false,
  "git.enabled": false,
  "remote.autoForwardPorts": false,
};

function workbenchUrl(
  port: number,
  workspace: string,
  files: readonly string[],
  payload: readonly (readonly [string, string])[],
): string {
  const authority = `vscode-remote://127.0.0.1:${port}`;
  const pairs = [
    ["skipWelcome", "true"],
    ["skipReleaseNotes", "true"],
    ...files.map((file) => ["openFile", `${authority}${file}`]),
    ...payload.map(([key, path]) => [key, `${authority}${path}`]),
  ];
  const query = new URLSearchParams({ folder: workspace, payload: JSON.stringify(pairs) });
  return `http://127.0.0.1:${port}/?${query.toString()}`;
}

/** A terminal of VS Code hands its own variables on, and the server would take itself for a part of that window. */
function withoutVscode(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(VSCODE_|ELECTRON_|CODE_SERVER_|NODE_OPTIONS$|NODE_TEST)/.test(name),
    ),
  );
}

async function freePort(ports: readonly number[]): Promise<number> {
  for (const port of [...ports, 0]) {
    const probe = createServer();
    const listening = await new Promise<boolean>((resolve) => {
      probe.once("error", () => {
        resolve(false);
      });
      probe.listen(port, "127.0.0.1", () => {
        resolve(true);
      });
    });
    if (!listening) continue;
    const address = probe.address();
    probe.close();
    await once(probe, "close");
    if (address !== null && typeof address === "object") return address.port;
  }
  throw new Error("no free port on 127.0.0.1");
}

async function untilHealthy(
  port: number,
  server: ChildProcess,
  logPath: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadlineMs = Date.now() + readyWithinMs;
  while (Date.now() < deadlineMs) {
    signal?.throwIfAborted();
    if (server.exitCode !== null) throw new Error(`VS Code's server ended: ${await readText(logPath)}`);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // Not listening yet: the deadline above decides when that is a failure.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`VS Code's server was not ready in ${readyWithinMs / 1000} s: ${await readText(logPath)}`);
}

async function readText(path: string): Promise<string> {
  const { readFile } = await import("node:fs/promises");
  return (await readFile(path, "utf8")).slice(-4_000);
}

/** Signals a detached child's whole group and waits until none of it is left. */
async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (!signalGroup(pid, signal)) return;
    const deadlineMs = Date.now() + endsWithinMs;
    while (Date.now() < deadlineMs) {
      if (!signalGroup(pid, 0)) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
