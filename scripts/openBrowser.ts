import { chromium, type Page } from "playwright-core";

export interface Browser {
  readonly page: Page;
  readonly close: () => Promise<void>;
}

/**
 * Opens a page in a headless browser; nothing is looked up on the network.
 * @param profile a folder that does not exist yet, removed by its owner
 */
export async function openBrowser(executablePath: string, profile: string): Promise<Browser> {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1440, height: 900 },
    permissions: ["clipboard-read", "clipboard-write"],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  return {
    page,
    close: async () => {
      await context.close();
    },
  };
}
