import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const tutorial = fileURLToPath(new URL("../fixtures/tutorial/rule1-l7.yaml", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "hubble-lens-check-"));
after(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, rule: string): string {
  const written = join(folder, name);
  writeFileSync(
    written,
    `apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: p }\nspec:\n  endpointSelector: {}\n  ingress:\n  - ${rule}\n`,
  );
  return written;
}

const wrong = file("wrong.yaml", "fromEntities: [wrold]");
const misspelt = file("misspelt.yaml", "{ fromEntities: [world], toPort: [] }");
const requires = file("requires.yaml", "fromRequires: [{}]");
const nodes = file("nodes.yaml", "fromNodes: [{ matchLabels: { role: gateway } }]");
const absent = join(folder, "absent.yaml");

const cases: readonly (readonly [args: readonly string[], status: number, out: RegExp, err: RegExp])[] = [
  [[tutorial], 0, /^$/, /^$/],
  [[misspelt], 0, /^misspelt\.yaml:7:30: warning unknown-field: .*toPorts.*every port\.\n$/, /^$/],
  [[wrong], 1, /^wrong\.yaml:7:20: error unknown-entity: Unsupported entity: wrold\. .*\n$/, /^$/],
  [[wrong, misspelt], 1, /^wrong\.yaml:.*\nmisspelt\.yaml:.*\n$/, /^$/],
  [[requires], 0, /: warning version-dependent: /, /^$/],
  [["--cilium-version", "1.19", requires], 1, /: error version-dependent: /, /^$/],
  [[nodes], 0, /: warning /, /^$/],
  [
    ["--agent-option", "enable-node-selector-labels=false", nodes],
    1,
    /: error needs-node-selector-labels: /,
    /^$/,
  ],
  [["--agent-option", "enable-node-selector-labels", nodes], 0, /^$/, /^$/],
  [["--agent-option", "debug=true", nodes], 1, /^$/, /takes one of enable-policy, /],
  [[absent, misspelt], 1, /^misspelt\.yaml:/, /^absent\.yaml: cannot be read: ENOENT/],
  [[], 1, /^$/, /name the files to check/],
  [["--cilium-version", "2.0", wrong], 1, /^$/, /1\.17, 1\.18, 1\.19, 1\.20/],
  [["-o", "xml", wrong], 1, /^$/, /text or json/],
  [["--help"], 0, /--cilium-version/, /^$/],
];

for (const [args, status, out, err] of cases) {
  test(`check command: ${args.join(" ").replaceAll(`${folder}/`, "").replace(tutorial, "rule1-l7.yaml")}`, () => {
    const ended = run(args);
    assert.match(ended.out, out);
    assert.match(ended.err, err);
    assert.equal(ended.status, status);
  });
}

test("check command: an object a line", () => {
  const { out, status } = run(["-o", "json", wrong, misspelt]);
  const lines = out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.equal(status, 1);
  assert.deepEqual(
    lines.map(({ message, ...rest }) => [typeof message, rest]),
    [
      ["string", { file: "wrong.yaml", line: 7, column: 20, severity: "error", code: "unknown-entity" }],
      ["string", { file: "misspelt.yaml", line: 7, column: 30, severity: "warning", code: "unknown-field" }],
    ],
  );
});

function run(args: readonly string[]): { status: number | null; out: string; err: string } {
  const ended = spawnSync(process.execPath, [main, "check", ...args], { encoding: "utf8", timeout: 60_000 });
  const short = (text: string): string => text.replaceAll(`${folder}/`, "");
  return { status: ended.status, out: short(ended.stdout), err: short(ended.stderr) };
}
