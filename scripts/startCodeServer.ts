import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { copyDemoWorkspace } from "./copyDemoWorkspace.ts";
import { projectRoot } from "./projectRoot.ts";

export interface CodeServerOptions {
  /** The entry file of code-server. */
  readonly entry: string;
  /** Installed before the start; absent: the extension comes from a development path. */
  readonly vsix?: string;
  readonly workspaceSettings?: Readonly<Record<string, unknown>>;
  readonly userSettings?: Readonly<Record<string, unknown>>;
  /** Tried in turn; when none is free the system chooses. */
  readonly ports: readonly number[];
  /** Lets a page run tests inside the extension host; suppresses toasts and dialogs. */
  readonly testDriver?: boolean;
  /** Added to the environment of the server and its extension host. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface CodeServer {
  readonly port: number;
  /** The workbench's address with these files of the workspace open. */
  url(files?: readonly string[], payload?: readonly (readonly [string, string])[]): string;
  /** Everything temporary of this server: user data, logs, extensions, the workspace. Gone after `stop`. */
  readonly folder: string;
  /** A copy of the tutorial's policies, which the workbench opens. */
  readonly workspace: string;
  /** Ends every process of the server and removes its folder. That happens also when this process just goes. */
  readonly stop: () => Promise<void>;
}

const readyWithinMs = 60_000;

/** Starts VS Code's server on loopback, with user data, extensions and a workspace in a temporary folder. */
export async function startCodeServer(options: CodeServerOptions): Promise<CodeServer> {
  // Short, because Unix sockets are made in it.
  const folder = await mkdtemp(join(tmpdir(), "hl-"));
  let guard: ChildProcess | undefined;
  const stop = async () => {
    if (guard?.exitCode === null) {
      const closed = once(guard, "close");
      guard.stdin?.end();
      await closed;
    }
    // The guard has removed it, unless it was never started.
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  };
  try {
    const places = await makePlaces(folder, options);
    const common = ["--user-data-dir", places.data, "--extensions-dir", places.extensions];
    const environment = serverEnvironment(places, options);
    if (options.vsix !== undefined) {
      const args = [options.entry, ...common, "--install-extension", options.vsix, "--force"];
      const install = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
      const [status] = (await once(logged(install, places.log), "close")) as [number | null];
      if (status !== 0) throw new Error(`installing ${options.vsix} failed: ${await logEnd(places.log)}`);
    }
    const port = await freePort(options.ports);
    guard = spawn(
      process.execPath,
      [
        ...[join(projectRoot, "scripts", "guardServer.mjs"), folder, options.entry, ...common],
        ...["--auth", "none", "--bind-addr", `127.0.0.1:${port}`],
        ...["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust"],
        ...["--disable-getting-started-override", "--ignore-last-opened"],
        ...(options.testDriver === true ? ["--vscode-option", "enable-smoke-test-driver"] : []),
      ],
      // Detached: what signals the group of this process leaves the guard to do its work.
      { env: environment, detached: true, stdio: ["pipe", "pipe", "pipe"] },
    );
    await untilHealthy(port, logged(guard, places.log), places.log, options.signal);
    return {
      port,
      folder,
      workspace: places.workspace,
      url: (files = [], payload = []) => workbenchUrl(port, places.workspace, files, payload),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Places {
  readonly folder: string;
  readonly home: string;
  readonly tmp: string;
  readonly data: string;
  readonly extensions: string;
  readonly workspace: string;
  readonly log: string;
}

async function makePlaces(folder: string, options: CodeServerOptions): Promise<Places> {
  const places: Places = {
    folder,
    home: join(folder, "home"),
    tmp: join(folder, "tmp"),
    data: join(folder, "data"),
    extensions: join(folder, "ext"),
    workspace: join(folder, "star-wars"),
    log: join(folder, "server.log"),
  };
  const settings = join(places.data, "User", "settings.json");
  for (const path of [places.home, places.tmp, places.extensions, dirname(settings)]) {
    await mkdir(path, { recursive: true });
  }
  await writeFile(settings, JSON.stringify({ ...quietSettings, ...options.userSettings }, null, 2));
  await writeFile(join(folder, "config.yaml"), "");
  await copyDemoWorkspace(places.workspace, options.workspaceSettings ?? {});
  return places;
}

function serverEnvironment(places: Places, options: CodeServerOptions): NodeJS.ProcessEnv {
  return {
    ...withoutVscode(process.env),
    HOME: places.home,
    XDG_CONFIG_HOME: join(places.home, "config"),
    XDG_DATA_HOME: join(places.home, "share"),
    XDG_CACHE_HOME: join(places.home, "cache"),
    XDG_RUNTIME_DIR: places.tmp,
    TMPDIR: places.tmp,
    CODE_SERVER_CONFIG: join(places.folder, "config.yaml"),
    EXTENSIONS_GALLERY: "{}",
    ...options.environment,
  };
}

/** Sends what a process prints to the end of a file. */
function logged(child: ChildProcess, path: string): ChildProcess {
  const log = createWriteStream(path, { flags: "a" });
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  child.once("close", () => log.end());
  return child;
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
    ...files.map((file) => ["openFile", `${authority}${join(workspace, file)}`]),
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
    if (server.exitCode !== null) throw new Error(`VS Code's server ended: ${await logEnd(logPath)}`);
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2_000) });
      await answer.arrayBuffer();
      if (answer.ok) return;
    } catch {
      // Not listening yet: the deadline above decides when that is a failure.
    }
    await setTimeout(100);
  }
  throw new Error(`VS Code's server was not ready in ${readyWithinMs / 1000} s: ${await logEnd(logPath)}`);
}

/** The last lines of a log; nothing when the guard has removed it already. */
async function logEnd(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((error: unknown) => `(no log: ${String(error)})`);
  return text.slice(-4_000);
}
