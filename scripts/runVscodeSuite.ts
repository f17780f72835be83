import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { format } from "node:util";
import type { Page } from "playwright-core";
import { bundledFile, bundleVscodeSuite } from "./bundleVscodeSuite.ts";
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
  const server = await startCodeServer({
    entry: options.codeServer,
    ports: [],
    testDriver: true,
    environment: suiteEnvironment(options),
  });
  try {
    const browser = await openBrowser(options.chromium, join(server.folder, "browser"));
    try {
      const url = server.url(
        [],
        [
          ["extensionDevelopmentPath", projectRoot],
          ["extensionTestsPath", runner],
        ],
      );
      await untilSuiteEnds(browser.page, url);
    } finally {
      await browser.close();
    }
  } finally {
    await server.stop();
  }
  return await readHostReport(options.report);
}

/** Prints what mocha printed inside the host, and gives its counts. */
export async function readHostReport(path: string): Promise<SuiteResult> {
  const { printed, ...result } = JSON.parse(await readFile(path, "utf8")) as SuiteResult & {
    printed: string;
  };
  console.log(printed);
  return result;
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

/** Opens the workbench and waits until it says that the suite has ended. */
async function untilSuiteEnds(page: Page, url: string): Promise<void> {
  const logged: string[] = [];
  const ended = Promise.withResolvers<undefined>();
  // The names are VS Code's own: its test driver calls them.
  await page.exposeFunction("codeAutomationLog", (_type: string, args: unknown) => {
    logged.push(format(...(Array.isArray(args) ? (args as unknown[]) : [args])));
  });
  await page.exposeFunction("codeAutomationExit", () => {
    ended.resolve(undefined);
  });
  await page.goto(url);
  const timer = setTimeout(() => {
    const last = logged.slice(-40).join("\n");
    ended.reject(
      new Error(`the in-host suite had not ended after ${suiteWithinMs / 1000} s; logged last:\n${last}`),
    );
  }, suiteWithinMs);
  await ended.promise.finally(() => {
    clearTimeout(timer);
  });
}
