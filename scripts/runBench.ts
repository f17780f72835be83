import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureCodeServer } from "./ensureCodeServer.ts";
import { findChromium } from "./findChromium.ts";
import { projectRoot } from "./projectRoot.ts";
import { runCommand } from "./runCommand.ts";
import { runVscodeSuite } from "./runVscodeSuite.ts";

/** `npm run bench`: what a busy cluster costs the thread that people type on, by the engine alone and in a real VS Code. */
export async function runBench(): Promise<void> {
  await runCommand(process.execPath, ["esbuild.mjs", "--production"]);
  await runCommand(process.execPath, ["test/bench/mainThreadLoad.ts"]);
  const report = join(projectRoot, ".build", "reports", "bench.json");
  await mkdir(dirname(report), { recursive: true });
  const { failed } = await runVscodeSuite({
    chromium: await findChromium(),
    codeServer: await ensureCodeServer(),
    files: ["test/bench/hostLoad.ts"],
    report,
  });
  if (failed > 0) process.exitCode = 1;
}

if (import.meta.main) await runBench();
