import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const flows = path("../fixtures/tutorial/flows.jsonl");
const policy = (name: string): string => path(`../fixtures/tutorial/${name}.yaml`);
const folder = mkdtempSync(join(tmpdir(), "hubble-lens-tally-"));
after(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): string {
  const written = join(folder, name);
  writeFileSync(written, content);
  return written;
}

function run(...args: readonly string[]): { status: number | null; out: string; err: string } {
  const ended = spawnSync(process.execPath, [path("../../src/cli/main.ts"), "tally", ...args], {
    encoding: "utf8",
    timeout: 60_000,
  });
  const err = ended.stderr.replaceAll(`${folder}/`, "").replaceAll(path("../fixtures/tutorial/"), "");
  return { status: ended.status, out: ended.stdout, err };
}

for (const name of ["l3-l4", "l7"]) {
  test(`tally command: the tutorial under rule1-${name}`, () => {
    const { status, out, err } = run("--flows", flows, "--policy", policy(`rule1-${name}`), "-o", "json");
    const expected: unknown = JSON.parse(
      readFileSync(path(`../fixtures/tutorial/tally-${name}.json`), "utf8"),
    );
    assert.deepEqual([status, err], [0, ""]);
    assert.deepEqual(JSON.parse(out), expected);
    assert.deepEqual(keysOf(out), keysOf(JSON.stringify(expected)));
  });
}

function keysOf(json: string): readonly (readonly string[])[] {
  return (JSON.parse(json) as object[]).map((entry) => Object.keys(entry));
}

test("tally command: what is said of the agents decides", () => {
  const numbers = (...flags: readonly string[]) => {
    const { status, out, err } = run("--flows", flows, "--policy", policy("rule1-l3-l4"), ...flags);
    assert.deepEqual([status, err], [0, ""]);
    const [direction] = JSON.parse(out) as { enforced: boolean; defaultDenied: number }[];
    return [direction?.enforced, direction?.defaultDenied];
  };
  assert.deepEqual(numbers(), [true, 1]);
  assert.deepEqual(numbers("--agent-option", "enable-policy=never"), [false, 0]);
  assert.deepEqual(numbers("--cilium-version", "1.18", "--cluster-name", "default"), [true, 1]);
});

test("tally command: a later document replaces an earlier one of its name", () => {
  const { status, out, err } = run(
    "--flows",
    flows,
    "--policy",
    policy("rule1-l7"),
    "--policy",
    policy("rule1-l3-l4"),
  );
  const expected: unknown = JSON.parse(readFileSync(path("../fixtures/tutorial/tally-l3-l4.json"), "utf8"));
  assert.deepEqual(JSON.parse(out), expected);
  assert.deepEqual(
    [status, err],
    [
      0,
      "rule1-l3-l4.yaml:5: warning: CiliumNetworkPolicy default/rule1 replaces the one in rule1-l7.yaml:5\n",
    ],
  );
});

const good = readFileSync(policy("rule1-l7"), "utf8");
const failures: readonly (readonly [
  title: string,
  args: () => readonly string[],
  out: boolean,
  err: RegExp,
])[] = [
  ["no policy", () => ["--flows", flows], false, /--policy is missing/],
  ["no capture", () => ["--policy", policy("rule1-l7")], false, /--flows is missing/],
  [
    "another format",
    () => ["--flows", flows, "--policy", policy("rule1-l7"), "-o", "xml"],
    false,
    /takes json/,
  ],
  [
    "a policy that is not there",
    () => ["--flows", flows, "--policy", "nowhere.yaml"],
    false,
    /nowhere\.yaml does not exist/,
  ],
  ["a folder", () => ["--flows", flows, "--policy", folder], false, /is a folder/],
  [
    "a capture that is not there",
    () => ["--flows", "nowhere.jsonl", "--policy", policy("rule1-l7")],
    false,
    /nowhere\.jsonl/,
  ],
  [
    "a file without policies",
    () => ["--flows", flows, "--policy", file("pod.yaml", "kind: Pod\n")],
    false,
    /pod\.yaml: holds no/,
  ],
  [
    "a broken document beside a good one",
    () => [
      "--flows",
      flows,
      "--policy",
      file("half.yaml", `kind: CiliumNetworkPolicy\nspec: [\n---\n${good}`),
    ],
    true,
    /half\.yaml:\d+:\d+: error: .*\(yaml-syntax\)/,
  ],
];

for (const [title, args, prints, message] of failures) {
  test(`tally command: ${title}`, () => {
    const { status, out, err } = run(...args());
    assert.equal(status, 1);
    assert.match(err, message);
    assert.equal(out !== "", prints, out);
  });
}

test("tally command: nobody reads what it prints", async () => {
  const args = ["tally", "--flows", flows, "--policy", policy("rule1-l7")];
  const child = spawn(process.execPath, [path("../../src/cli/main.ts"), ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 60_000,
  });
  child.stdout.destroy();
  const closed = once(child, "close");
  assert.equal((await text(child.stderr)).replaceAll(/^\(.*\n/gm, ""), "");
  assert.deepEqual(await closed, [0, null]);
});
