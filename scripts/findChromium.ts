import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runCommand } from "./runCommand.ts";

const names = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome",
  "microsoft-edge",
];

const otherPlaces: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
  win32: [
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
  ],
};

/**
 * The browser that shows the workbench to the tests: `CHROME_PATH`, an installed one, or Debian's, installed here
 * where that is allowed.
 * @returns its absolute path
 */
export async function findChromium(): Promise<string> {
  const chosen = process.env["CHROME_PATH"];
  if (chosen !== undefined && chosen !== "") {
    if (!isExecutable(chosen)) throw new Error(`CHROME_PATH names ${chosen}, which is not a program`);
    return chosen;
  }
  const installed = installedChromium();
  if (installed !== undefined) return installed;
  if (process.platform === "linux" && process.getuid?.() === 0 && onPath("apt-get") !== undefined) {
    console.log("Installing Chromium (apt-get install chromium) …");
    const environment = { DEBIAN_FRONTEND: "noninteractive" };
    // A package source that does not answer fails the update; the package may come from another.
    await runCommand("apt-get", ["update", "-qq"], { environment }).catch((error: unknown) => {
      console.warn(String(error));
    });
    await runCommand("apt-get", ["install", "-y", "-qq", "chromium"], { environment });
    const fresh = installedChromium();
    if (fresh !== undefined) return fresh;
  }
  throw new Error(
    "The tests need Chrome or Chromium, and none was found. Install one (Debian: apt-get install chromium), " +
      "or name it: CHROME_PATH=/path/to/chrome npm test",
  );
}

function installedChromium(): string | undefined {
  for (const name of names) {
    const path = onPath(name);
    if (path !== undefined) return path;
  }
  return otherPlaces[process.platform]?.find(isExecutable);
}

function onPath(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not a program: the caller looks elsewhere
  }
}
