import { join } from "node:path";
import { build } from "esbuild";
import { projectRoot } from "./projectRoot.ts";

/**
 * Bundles the in-host suite for the extension host, which loads CommonJS: each test file by itself, beside the
 * program that runs them.
 * @returns the module that VS Code is told to run
 */
export async function bundleVscodeSuite(files: readonly string[]): Promise<string> {
  const outdir = join(projectRoot, ".build", "vscode-suite");
  const runner = "test/support/runMocha.ts";
  await build({
    absWorkingDir: projectRoot,
    entryPoints: [runner, ...files],
    outbase: "test",
    outdir,
    outExtension: { ".js": ".cjs" },
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node22",
    // mocha keeps its state in its own module: all files must share one.
    external: ["vscode", "mocha"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  return join(outdir, "support", "runMocha.cjs");
}

/** Where the bundle of a test file lies. */
export function bundledFile(file: string): string {
  return join(projectRoot, ".build", "vscode-suite", file.replace(/^test\//, "").replace(/\.ts$/, ".cjs"));
}
