import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Frame, Locator, Page } from "playwright-core";
import { ensureCodeServer } from "../../scripts/ensureCodeServer.ts";
import { findChromium } from "../../scripts/findChromium.ts";
import { type Browser, openBrowser } from "../../scripts/openBrowser.ts";
import { packageExtension } from "../../scripts/packageExtension.ts";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { startCodeServer, type CodeServer } from "../../scripts/startCodeServer.ts";
import { until } from "./until.ts";

/** The themes that every picture is taken in: what the browser says a person prefers, and what the workbench makes of it. */
const themes = {
  light: { media: { colorScheme: "light", forcedColors: "none" }, mark: ".monaco-workbench.vs" },
  dark: { media: { colorScheme: "dark", forcedColors: "none" }, mark: ".monaco-workbench.vs-dark" },
  contrast: { media: { colorScheme: "dark", forcedColors: "active" }, mark: ".monaco-workbench.hc-black" },
} as const;

const themeSettings = {
  "window.autoDetectColorScheme": true,
  "workbench.preferredLightColorTheme": "Light Modern",
  "workbench.preferredDarkColorTheme": "Dark Modern",
};

type Theme = keyof typeof themes;

export interface WorkbenchOptions {
  /** Relative to the workspace: opened from the start. */
  readonly openFiles?: readonly string[];
  readonly workspaceSettings?: Readonly<Record<string, unknown>>;
  readonly userSettings?: Readonly<Record<string, unknown>>;
}

/** Starts a real VS Code with the extension installed from its .vsix, and shows it in a browser. */
export async function openWorkbench(options: WorkbenchOptions = {}): Promise<Workbench> {
  const places = {
    chromium: process.env["HUBBLE_LENS_CHROMIUM"] ?? (await findChromium()),
    entry: process.env["HUBBLE_LENS_CODE_SERVER"] ?? (await ensureCodeServer()),
    vsix: process.env["HUBBLE_LENS_VSIX"] ?? (await packageExtension()),
  };
  const server = await startCodeServer({
    entry: places.entry,
    vsix: places.vsix,
    ports: [],
    workspaceSettings: options.workspaceSettings ?? {},
    userSettings: { ...themeSettings, ...options.userSettings },
  });
  let browser: Browser | undefined;
  try {
    browser = await openBrowser(places.chromium, join(server.folder, "browser"));
    const { page } = browser;
    page.setDefaultTimeout(20_000);
    await page.emulateMedia(themes.dark.media);
    await page.goto(server.url(options.openFiles ?? []));
    await page.locator(".monaco-workbench .activitybar").waitFor({ timeout: 60_000 });
    return new Workbench(server, browser);
  } catch (error) {
    await browser?.close();
    await server.stop();
    throw error;
  }
}

/** What a person does and sees in the workbench. Every wait has a deadline and asks again until it holds. */
export class Workbench {
  readonly page: Page;
  readonly server: CodeServer;
  /** The folder that is open, absolute. */
  readonly workspace: string;
  readonly #browser: Browser;

  constructor(server: CodeServer, browser: Browser) {
    this.page = browser.page;
    this.server = server;
    this.workspace = server.workspace;
    this.#browser = browser;
  }

  /** Closes the browser, ends the server and everything that it started, and removes the temporary folder. */
  async close(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
  }

  /** Runs a command by its title in the palette: `Hubble: Start Demo Cluster`. */
  async runCommand(title: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget input").first();
    await until(`the palette offers "${title}"`, async () => {
      await this.focusWorkbench();
      await this.page.keyboard.press("F1");
      const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: title }).first();
      try {
        await input.waitFor({ state: "visible", timeout: 5_000 });
        await input.fill(`>${title}`, { timeout: 3_000 });
        await row.waitFor({ state: "visible", timeout: 3_000 });
        await row.click({ timeout: 3_000 });
        return true;
      } catch {
        await this.page.keyboard.press("Escape"); // drawn again or closed meanwhile, or not registered yet: asks again
        return false;
      }
    });
  }

  /** Opens a file of the workspace by its name in Quick Open. */
  async openFile(name: string): Promise<void> {
    const tab = this.page.locator(".tabs-container .tab.active").filter({ hasText: name });
    await until(`the editor shows ${name}`, async () => {
      if ((await tab.count()) > 0) return true;
      await this.focusWorkbench();
      await this.page.keyboard.press("ControlOrMeta+KeyP");
      const input = this.page.locator(".quick-input-widget input").first();
      await input.waitFor({ state: "visible", timeout: 5_000 });
      await input.fill(name);
      const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ hasText: name }).first();
      try {
        await row.waitFor({ state: "visible", timeout: 3_000 });
        await this.page.keyboard.press("Enter");
        await tab.waitFor({ timeout: 3_000 });
        return true;
      } catch {
        await this.page.keyboard.press("Escape");
        return false;
      }
    });
  }

  /** Keys reach the workbench only when no webview has the focus. */
  async focusWorkbench(): Promise<void> {
    const place = this.page.locator(".editor-group-container.active .title, .activitybar").first();
    await place.click({ position: { x: 2, y: 2 }, timeout: 5_000 });
  }

  /** The texts of the CodeLenses on screen, from top to bottom. */
  async lensTexts(): Promise<readonly string[]> {
    const lines = await this.page.locator(".codelens-decoration").allInnerTexts();
    return lines.map(plainText).filter((text) => text !== "");
  }

  /** Waits until the lenses are as a test wants them. */
  async untilLenses(
    what: string,
    holds: (lenses: readonly string[]) => boolean,
    withinMs = 30_000,
  ): Promise<void> {
    let seen: readonly string[] = [];
    await until(
      `lenses: ${what}`,
      async () => {
        seen = await this.lensTexts();
        return holds(seen);
      },
      withinMs,
      () => `seen: ${JSON.stringify(seen)}`,
    );
  }

  /** Clicks the first lens whose text a pattern finds; lenses are drawn again and again, so it tries again. */
  async clickLens(pattern: RegExp): Promise<void> {
    await until(`a lens ${String(pattern)} is clicked`, async () => {
      const lens = this.page.locator(".codelens-decoration a").filter({ hasText: pattern }).first();
      try {
        await lens.click({ timeout: 2_000 });
        return true;
      } catch {
        return false; // drawn again while being clicked
      }
    });
  }

  /** Opens the extension's container in the activity bar, or any other by its name. */
  async openContainer(name: string): Promise<void> {
    // The whole item: a badge lies over its icon.
    const icon = this.page.locator(`a.action-label[aria-label^="${name}"]`);
    const item = this.page.locator(".activitybar .action-item").filter({ has: icon }).first();
    await item.waitFor();
    const title = this.page
      .locator(".sidebar .composite.title h2")
      .filter({ hasText: new RegExp(name, "i") });
    if ((await title.count()) > 0) return;
    await item.click();
  }

  /** A view of the sidebar by its name. */
  view(name: string): Locator {
    return this.page
      .locator(".sidebar .pane")
      .filter({ has: this.page.locator(`.pane-header[aria-label^="${name}"]`) })
      .first();
  }

  /** The texts of the rows of a tree view: label and description as they are read. */
  async treeRows(view: string): Promise<readonly string[]> {
    const rows = await this.view(view).locator(".monaco-list-row").allInnerTexts();
    return rows.map(plainText);
  }

  /** Waits until a row of a tree view reads as a pattern wants. */
  async untilTreeRow(view: string, pattern: RegExp, withinMs = 30_000): Promise<string> {
    let seen: readonly string[] = [];
    return await until(
      `a row ${String(pattern)} in ${view}`,
      async () => {
        seen = await this.treeRows(view);
        return seen.find((row) => pattern.test(row));
      },
      withinMs,
      () => `seen: ${JSON.stringify(seen)}`,
    );
  }

  /** The texts of the items of the status bar. */
  async statusItems(): Promise<readonly string[]> {
    const items = await this.page.locator(".statusbar .statusbar-item").allInnerTexts();
    return items.map(plainText).filter((text) => text !== "");
  }

  /** The messages on screen. */
  async toasts(): Promise<readonly string[]> {
    const messages = this.page.locator(".notification-toast .notification-list-item-message");
    return (await messages.allInnerTexts()).map(plainText);
  }

  /** The document of the webview that holds an element: its frame is found by content, since all look alike outside. */
  async webview(selector: string, withinMs = 30_000): Promise<Frame> {
    return await until(
      `a webview with ${selector}`,
      async () => {
        for (const frame of this.page.frames()) {
          try {
            if ((await frame.locator(selector).count()) > 0) return frame;
          } catch {
            // The frame was replaced while being asked.
          }
        }
        return undefined;
      },
      withinMs,
    );
  }

  /** Keeps a picture of the workbench in test-output/ui, once per theme; ends in the dark theme. */
  async screenshot(name: string, wanted: readonly Theme[] = ["light", "contrast", "dark"]): Promise<void> {
    const folder = join(projectRoot, "test-output", "ui");
    await mkdir(folder, { recursive: true });
    for (const theme of wanted) {
      await this.useTheme(theme);
      await this.page.screenshot({ path: join(folder, `${name}-${theme}.png`), animations: "disabled" });
    }
  }

  /** Has the browser prefer a theme, and waits until the workbench has followed. */
  async useTheme(theme: Theme): Promise<void> {
    const { media, mark } = themes[theme];
    await this.page.emulateMedia(media);
    await this.page.locator(mark).first().waitFor({ timeout: 20_000 });
  }
}

/** As a person reads it: VS Code draws some blanks as no-break spaces, and lines as blocks. */
function plainText(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
