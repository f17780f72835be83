import { spawn } from "node:child_process";
import { once } from "node:events";
import { projectRoot } from "./projectRoot.ts";

/** A program that a script ran ended with another status than 0. */
export class CommandError extends Error {
  readonly status: number | null;

  constructor(command: string, status: number | null) {
    super(`${command} ended with ${status === null ? "a signal" : `status ${status}`}`);
    this.name = "CommandError";
    this.status = status;
  }
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program in the project's folder, its output going where ours goes; rejects with {@link CommandError}. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<void> {
  const child = spawn(command, args, {
    cwd: projectRoot,
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...options.environment },
  });
  const [status] = (await once(child, "close")) as [number | null];
  if (status !== 0) throw new CommandError([command, ...args].join(" ").slice(0, 300), status);
}
