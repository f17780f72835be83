import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { projectRoot } from "../../scripts/projectRoot.ts";

/** What a run of the command line came to. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  /** `null`: it had to be killed. */
  readonly exitStatus: number | null;
}

const killAfterMs = 60_000;

/** Runs the command line from its source, without any input; what hangs is killed. */
export async function runHubbleLens(...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, ["src/cli/main.ts", ...args], {
    cwd: projectRoot,
    env: { ...process.env, TZ: "UTC", NODE_NO_WARNINGS: "1" },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: killAfterMs,
    killSignal: "SIGKILL",
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [stdout, stderr, exitStatus] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { stdout, stderr, exitStatus };
}
