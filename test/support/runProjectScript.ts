import { execFile } from "node:child_process";
import { join } from "node:path";
import { projectRoot } from "../../scripts/projectRoot.ts";

/** How a script ended. */
export interface ScriptRun {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a script of the project as npm does when it is asked from another folder. */
export function runProjectScript(name: string, args: readonly string[], from: string): Promise<ScriptRun> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(projectRoot, "scripts", name), ...args],
      { cwd: projectRoot, env: { ...process.env, INIT_CWD: from } },
      (error, stdout, stderr) => {
        resolve({ status: error ? Number(error.code ?? 1) : 0, stdout, stderr });
      },
    );
  });
}
