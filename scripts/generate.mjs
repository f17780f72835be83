// `npm run generate`: makes src/hubble/gen/ anew from proto/, without a network.
// Plain JavaScript with declarations: TypeScript output would hold enums, which cannot be run natively.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const require = createRequire(import.meta.url);

const template = {
  version: "v2",
  clean: true,
  plugins: [
    {
      local: [process.execPath, join(binaryFolder("@bufbuild/protoc-gen-es"), "protoc-gen-es")],
      out: join("src", "hubble", "gen"),
      opt: ["target=js+dts", "import_extension=js"],
    },
  ],
};

const buf = join(binaryFolder("@bufbuild/buf"), "buf");
const args = [buf, "generate", "proto", "--template", JSON.stringify(template)];
const { status, error } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
if (error) throw error;
process.exitCode = status ?? 1;

/**
 * The folder of a package's programs.
 * @param {string} name
 */
function binaryFolder(name) {
  return join(dirname(require.resolve(`${name}/package.json`)), "bin");
}
