// Bundles everything that ships: `node esbuild.mjs [--production] [--watch] [--allow-missing]`.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { context } from "esbuild";

const root = import.meta.dirname;
const dist = join(root, "dist");
const production = process.argv.includes("--production");
const watch = process.argv.includes("--watch");
const allowMissing = process.argv.includes("--allow-missing");

/** The extension's own bundle is read each time VS Code starts it: 150 KB is what that may cost. */
const maxExtensionBytes = 150_000;

/** Bundled CommonJS packages ask for `require` and `__dirname`; every output lies flat in dist/, so both mean dist/. */
const nodeBanner = [
  'import { createRequire as __createRequire } from "node:module";',
  'import { dirname as __dirnameOf } from "node:path";',
  'import { fileURLToPath as __fileURLToPath } from "node:url";',
  "const require = __createRequire(import.meta.url);",
  "const __dirname = __dirnameOf(__fileURLToPath(import.meta.url));",
].join("\n");

/** @type {import("esbuild").BuildOptions} */
const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: production ? false : "linked",
  metafile: true,
  logLevel: "warning",
  legalComments: "none",
};

/** @type {readonly { name: string, options: import("esbuild").BuildOptions }[]} */
const bundles = [
  {
    name: "extension",
    options: {
      ...shared,
      entryPoints: { extension: "src/extension.ts" },
      outdir: "dist",
      outExtension: { ".js": ".cjs" },
      platform: "node",
      format: "cjs",
      target: "node22",
      external: ["vscode"],
    },
  },
  {
    name: "node",
    options: {
      ...shared,
      entryPoints: {
        cli: "src/cli/main.ts",
        engineWorker: "src/engine/engineWorker.ts",
        demoRelay: "src/demo/demoRelayProcess.ts",
      },
      outdir: "dist",
      platform: "node",
      format: "esm",
      target: "node20",
      splitting: true,
      chunkNames: "chunk-[hash]",
      banner: { js: nodeBanner },
    },
  },
  {
    name: "webview",
    options: {
      ...shared,
      entryPoints: { flows: "webview/flows/main.ts" },
      outdir: "dist/webview",
      platform: "browser",
      format: "iife",
      target: "es2023",
    },
  },
];

/**
 * Leaves out entries whose file is not there, or fails when that is not allowed.
 * @param {import("esbuild").BuildOptions} options
 */
function presentEntries(options) {
  const entries = Object.entries(/** @type {Record<string, string>} */ (options.entryPoints));
  const missing = entries.filter(([, file]) => !existsSync(join(root, file)));
  if (missing.length > 0) {
    const names = missing.map(([, file]) => file).join(", ");
    if (!allowMissing) throw new Error(`entry file missing: ${names}`);
    console.log(`skipped, not written yet: ${names}`);
  }
  return Object.fromEntries(entries.filter((entry) => !missing.includes(entry)));
}

/** What the size and contents of the bundles must keep to.
 * @param {string} name
 * @param {import("esbuild").Metafile} metafile
 */
function checkBundle(name, metafile) {
  if (name !== "extension") return;
  const output = metafile.outputs["dist/extension.cjs"];
  if (output === undefined) return;
  const strangers = Object.keys(output.inputs).filter((input) =>
    /^src\/(demo|hubble|cluster|cli)\//.test(input),
  );
  if (strangers.length > 0) {
    throw new Error(`dist/extension.cjs must not hold ${strangers.join(", ")}`);
  }
  if (production && output.bytes > maxExtensionBytes) {
    const largest = Object.entries(output.inputs)
      .sort(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput)
      .slice(0, 8)
      .map(([input, { bytesInOutput }]) => `\n  ${bytesInOutput} ${input}`);
    throw new Error(
      `dist/extension.cjs has ${output.bytes} bytes, ${maxExtensionBytes} are allowed; the largest:${largest.join("")}`,
    );
  }
}

/** Chunks carry a hash in their name: those of earlier builds would pile up.
 * @param {import("esbuild").Metafile} metafile
 */
async function removeStaleChunks(metafile) {
  const current = new Set(Object.keys(metafile.outputs).map((file) => relative("dist", file)));
  for (const name of await readdir(dist)) {
    if (name.startsWith("chunk-") && !current.has(name)) await rm(join(dist, name), { force: true });
  }
}

/** The folder of the package that an input file belongs to; undefined for our own.
 * @param {string} input
 */
function packageFolder(input) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input);
  return match?.[1];
}

/** The names and licenses of every package whose code ships, for those who read the .vsix.
 * @param {readonly import("esbuild").Metafile[]} metafiles
 */
async function writeNotices(metafiles) {
  const inputs = metafiles.flatMap((metafile) => Object.keys(metafile.inputs));
  const folders = new Set(["node_modules/@vscode/codicons", ...inputs.map(packageFolder)]);
  /** @type {Map<string, string>} */
  const notices = new Map();
  for (const folder of folders) {
    if (folder === undefined) continue;
    const text = await readFile(join(root, folder, "package.json"), "utf8");
    const manifest = /** @type {{ name: string, version: string, license?: string }} */ (JSON.parse(text));
    const files = (await readdir(join(root, folder))).filter((file) =>
      /^(licen[cs]e|copying|notice)/i.test(file),
    );
    const texts = await Promise.all(files.sort().map((file) => readFile(join(root, folder, file), "utf8")));
    const title = `${manifest.name} ${manifest.version} (${manifest.license ?? "see its text"})`;
    notices.set(title, [title, ...texts.map((text) => text.trim())].join("\n\n"));
  }
  const line = `\n\n${"-".repeat(80)}\n\n`;
  const sorted = [...notices.keys()].sort().map((title) => notices.get(title));
  const head = "Hubble Lens contains code of these packages, each under its own license.";
  await writeFile(join(dist, "THIRD-PARTY-NOTICES.txt"), `${[head, ...sorted].join(line)}\n`);
}

async function copyCodicons() {
  await mkdir(join(dist, "webview"), { recursive: true });
  for (const file of ["codicon.css", "codicon.ttf"]) {
    await copyFile(join(root, "node_modules/@vscode/codicons/dist", file), join(dist, "webview", file));
  }
}

/** One line: what is loaded first, by name, and all that may be loaded after it as a sum.
 * @param {import("esbuild").Metafile} metafile
 */
function printSizes(metafile) {
  const outputs = Object.entries(metafile.outputs).filter(([file]) => !file.endsWith(".map"));
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1000).toFixed(1)} KB`;
  const named = outputs.filter(([file]) => !file.startsWith("dist/chunk-"));
  const rest = outputs.filter(([file]) => file.startsWith("dist/chunk-"));
  const parts = named.map(([file, { bytes }]) => `${file} ${kilobytes(bytes)}`);
  if (rest.length > 0) {
    parts.push(`${rest.length} chunks ${kilobytes(rest.reduce((sum, [, { bytes }]) => sum + bytes, 0))}`);
  }
  console.log(`  ${parts.join(", ")}`);
}

async function main() {
  await mkdir(dist, { recursive: true });
  await copyCodicons();
  /** @type {import("esbuild").Metafile[]} */
  const metafiles = [];
  for (const { name, options } of bundles) {
    const entryPoints = presentEntries(options);
    if (Object.keys(entryPoints).length === 0) continue;
    const build = await context({ ...options, entryPoints });
    try {
      const { metafile } = await build.rebuild();
      if (metafile === undefined) throw new Error("esbuild gave no metafile");
      checkBundle(name, metafile);
      if (name === "node") await removeStaleChunks(metafile);
      printSizes(metafile);
      metafiles.push(metafile);
      if (watch) await build.watch();
    } finally {
      // A context that is left open keeps the process alive, which only the watching wants.
      if (!watch) await build.dispose();
    }
  }
  await writeNotices(metafiles);
  if (watch) console.log("watching for changes");
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
