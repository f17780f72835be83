import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runTests as runInDesktop } from "@vscode/test-electron";
import { bundleVscodeSuite } from "./bundleVscodeSuite.ts";
import { copyDemoWorkspace } from "./copyDemoWorkspace.ts";
import { projectRoot } from "./projectRoot.ts";
import { runCommand } from "./runCommand.ts";
import { readHostReport, suiteEnvironment } from "./runVscodeSuite.ts";
import { reportPath, testFiles, testSuites } from "./testSuites.ts";

/** `npm run test:desktop`: the in-host suite in desktop VS Code: the one that `VSCODE_PATH` names, or one downloaded first. */
export async function runDesktopSuite(): Promise<void> {
  await runCommand(process.execPath, ["esbuild.mjs", "--production"]);
  const files = testSuites.filter(({ name }) => name === "vscode").flatMap(testFiles);
  const report = reportPath("vscode");
  await mkdir(dirname(report), { recursive: true });
  const extensionTestsPath = await bundleVscodeSuite(files);
  const folder = await mkdtemp(join(tmpdir(), "hl-"));
  const workspace = join(folder, "star-wars");
  try {
    await copyDemoWorkspace(workspace, {});
    const installed = process.env["VSCODE_PATH"];
    await runInDesktop({
      ...(installed === undefined ? {} : { vscodeExecutablePath: installed }),
      extensionDevelopmentPath: projectRoot,
      extensionTestsPath,
      extensionTestsEnv: suiteEnvironment({ files, report }),
      launchArgs: [workspace, "--disable-extensions", "--disable-workspace-trust"],
    });
    const { failed } = await readHostReport(report);
    if (failed > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  }
}

if (import.meta.main) {
  try {
    await runDesktopSuite();
  } catch (error) {
    console.error(error);
    console.error(
      "The suite did not pass, or VS Code could not be downloaded; VSCODE_PATH names one that is installed.",
    );
    process.exitCode = 1;
  }
}
