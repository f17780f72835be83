import { globSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "./projectRoot.ts";

export interface TestSuite {
  readonly name: "unit" | "relay" | "vscode" | "ui";
  readonly heading: string;
  /** What finds its files; a new file is found without being listed anywhere. */
  readonly patterns: readonly string[];
}

/** All suites of `npm test`, in their order. */
export const testSuites: readonly TestSuite[] = [
  { name: "unit", heading: "Unit: pure code, data tables", patterns: ["test/unit/**/*.test.ts"] },
  { name: "relay", heading: "Relay: real gRPC over loopback", patterns: ["test/relay/**/*.test.ts"] },
  {
    name: "vscode",
    heading: "In the host: mocha inside a real VS Code's extension host",
    patterns: ["test/vscode/**/*.test.ts"],
  },
  {
    name: "ui",
    heading: "UI: the packaged extension in a real VS Code, seen from a browser",
    patterns: ["test/ui/**/*.test.ts"],
  },
];

/** The files of a suite, relative to the project's folder, sorted. */
export function testFiles(suite: TestSuite): readonly string[] {
  return suite.patterns.flatMap((pattern) => globSync(pattern, { cwd: projectRoot })).sort();
}

/** Where a suite's result is left for the sum at the end. */
export function reportPath(suite: TestSuite["name"]): string {
  return join(projectRoot, ".build", "reports", `${suite}.json`);
}

/** What a suite comes to. */
export interface SuiteResult {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
