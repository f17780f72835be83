import { setTimeout } from "node:timers/promises";
import { ensureCodeServer } from "./ensureCodeServer.ts";
import { packageExtension } from "./packageExtension.ts";
import { startCodeServer } from "./startCodeServer.ts";

/** `npm start`: a real VS Code in the browser, with the extension from its .vsix and the demo cluster running. */
export async function startWorkbench(signal: AbortSignal): Promise<void> {
  console.log("Building and packaging the extension …");
  const vsix = await packageExtension();
  const entry = await ensureCodeServer();
  signal.throwIfAborted();
  console.log("Starting VS Code …");
  const server = await startCodeServer({
    entry,
    vsix,
    workspaceSettings: { "hubbleLens.demo.autoStart": true },
    ports: [8100, 8101, 8102, 8103],
    signal,
  });
  try {
    console.log(`\nOpen ${server.url(["rule1-l3-l4.yaml"])}\n\nCtrl-C ends it all.`);
    await untilAborted(signal);
    console.log("\nEnding …");
  } finally {
    await server.stop();
  }
}

/** Waits for the signal, or for the end of the process that started this one, which cannot tell of it. */
async function untilAborted(signal: AbortSignal): Promise<void> {
  const parent = process.ppid;
  while (!signal.aborted && process.ppid === parent) {
    await setTimeout(500, undefined, { signal }).catch(() => undefined);
  }
}

if (import.meta.main) {
  const ending = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      ending.abort();
    });
  }
  try {
    await startWorkbench(ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}
