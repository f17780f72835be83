// `node scripts/completeLockFile.mjs`: some registries lack the native packages of other platforms; npm then leaves them
// out of package-lock.json, and `npm ci` refuses that file everywhere. Writes them in, without a checksum.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} LockFile
 */

/**
 * The platform packages that a lock file should have and has not, as the entries to be added.
 * @param {LockFile} lock
 * @returns {Record<string, LockEntry>} by path: `node_modules/…`
 */
export function missingPlatformPackages(lock) {
  /** @type {Record<string, LockEntry>} */
  const missing = {};
  for (const entry of Object.values(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      const platform = platformOf(name);
      if (lock.packages[path] !== undefined || platform === undefined || !/^\d/.test(version)) continue;
      missing[path] = { version, ...platform, ...(entry.dev === true ? { dev: true } : {}), optional: true };
    }
  }
  return missing;
}

const platformPattern =
  /[-/](android|darwin|freebsd|linux|netbsd|openbsd|sunos|win32)-(arm|armv7|arm64|ia32|loong64|ppc64|riscv64|s390x|x64)(?:-(musl|gnu|glibc))?$/;

/**
 * @param {string} name
 * @returns {Pick<LockEntry, "os" | "cpu" | "libc"> | undefined}
 */
function platformOf(name) {
  const [, os, cpu, libc] = platformPattern.exec(name) ?? [];
  if (os === undefined || cpu === undefined) return undefined;
  return {
    cpu: [cpu === "armv7" ? "arm" : cpu],
    ...(libc === undefined ? {} : { libc: [libc === "musl" ? "musl" : "glibc"] }),
    os: [os],
  };
}

if (process.argv[1]?.endsWith("completeLockFile.mjs") === true) {
  const path = join(import.meta.dirname, "..", "package-lock.json");
  const lock = /** @type {LockFile} */ (JSON.parse(readFileSync(path, "utf8")));
  const missing = missingPlatformPackages(lock);
  const entries = Object.entries({ ...lock.packages, ...missing });
  const sorted = entries.sort(([a], [b]) => a.localeCompare(b, "en"));
  writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`);
  console.log(`added: ${Object.keys(missing).join(", ") || "nothing"}`);
}
