import { readFile } from "node:fs/promises";
import { bundledFile, bundleVscodeSuite } from "./bundleVscodeSuite.ts";
import { createDemoWorkspace } from "./demoWorkspace.ts";
import { openBrowser } from "./openBrowser.ts";
import { projectRoot } from "./projectRoot.ts";
import { startCodeServer } from "./startCodeServer.ts";
import type { SuiteResult } from "./testSuites.ts";

export interface VscodeSuiteOptions {
  readonly chromium: string;
  readonly codeServer: string;
  readonly files: readonly string[];
  /** Where the suite writes its {@link SuiteResult}. */
  readonly report: string;
}

/** The suite must have ended by then: one test is stopped by mocha after a minute. */
const suiteWithinMs = 300_000;

/** Runs the in-host suite in the extension host of code-server; the extension is loaded from the project's folder. */
export async function runVscodeSuite(options: VscodeSuiteOptions): Promise<SuiteResult> {
  const runner = await bundleVscodeSuite(options.files);
  const workspace = await createDemoWorkspace({});
  try {
    const server = await startCodeServer({
      entry: options.codeServer,
      workspace: workspace.folder,
      ports: [],
      testDriver: true,
      environment: suiteEnvironment(options),
    });
    try {
      const url = server.url(
        [],
        [
          ["extensionDevelopmentPath", projectRoot],
          ["extensionTestsPath", runner],
        ],
      );
      await runInBrowser(options.chromium, url);
    } finally {
      await server.stop();
    }
  } finally {
    await workspace.remove();
  }
  return JSON.parse(await readFile(options.report, "utf8")) as SuiteResult;
}

/** What tells the suite inside the host which files to run and where to leave its counts. */
export function suiteEnvironment(
  options: Pick<VscodeSuiteOptions, "files" | "report">,
): Record<string, string> {
  return {
    HUBBLE_LENS_TEST_FILES: JSON.stringify(options.files.map(bundledFile)),
    HUBBLE_LENS_TEST_REPORT: options.report,
  };
}

/** Opens the workbench and waits until it says that the suite has ended; what the suite prints is printed. */
async function runInBrowser(executablePath: string, url: string): Promise<void> {
  const browser = await openBrowser(executablePath);
  const { page } = browser;
  let timer: NodeJS.Timeout | undefined;
  try {
    const ended = new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the suite in the extension host had not ended after ${suiteWithinMs / 1000} s`));
      }, suiteWithinMs);
      // The names are VS Code's own: its test driver calls them.
      const expose = async () => {
        await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown) => {
          console.log(...(Array.isArray(args) ? (args as unknown[]) : [args]));
        });
        await page.exposeFunction("codeAutomationExit", () => {
          resolve();
        });
        await page.goto(url);
      };
      expose().catch(reject);
    });
    await ended;
  } finally {
    clearTimeout(timer);
    await browser.close();
  }
}
