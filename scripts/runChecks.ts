import { join } from "node:path";
import { projectRoot } from "./projectRoot.ts";
import { CommandError, runCommand } from "./runCommand.ts";

export interface Check {
  readonly name: string;
  readonly heading: string;
  readonly command: readonly string[];
}

const bin = (...path: readonly string[]) => join(projectRoot, "node_modules", ...path);

/** What must hold of the sources before any test runs. */
export const checks: readonly Check[] = [
  {
    name: "format",
    heading: "format (Biome)",
    command: [bin("@biomejs", "biome", "bin", "biome"), "format"],
  },
  {
    name: "types",
    heading: "types, one program per runtime (tsc)",
    command: [bin("typescript", "bin", "tsc"), "-b"],
  },
  {
    name: "lint",
    heading: "lint, type-aware (ESLint)",
    command: [bin("eslint", "bin", "eslint.js"), "--max-warnings=0", "."],
  },
];

/** Runs one of them with its output shown; false when it found something. */
export async function runCheck(check: Check): Promise<boolean> {
  try {
    await runCommand(process.execPath, check.command);
    console.log("ok");
    return true;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return false;
  }
}
