import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { runCommand } from "../../scripts/runCommand.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { EngineProxy } from "../../src/engine/engineProxy.ts";
import type { SessionState } from "../../src/protocol/session.ts";
import { until } from "../support/until.ts";

/** The Node that a person has: older than the one that runs the tests, where there is one. */
const systemNode = process.env["HUBBLE_LENS_SYSTEM_NODE"] ?? process.execPath;

const tutorial = (name: string) => join(projectRoot, "test/fixtures/tutorial", name);

describe(`the bundles, away from the project and its packages, on ${systemNode}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "hl-"));
  const dist = join(folder, "dist");

  before(async () => {
    await runCommand(process.execPath, ["esbuild.mjs", "--production"]);
    cpSync(join(projectRoot, "dist"), dist, { recursive: true });
    cpSync(join(projectRoot, "package.json"), join(folder, "package.json"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...args: readonly string[]): ChildProcess =>
    spawn(systemNode, [join(dist, "cli.js"), ...args], {
      cwd: folder,
      env: { ...process.env, TZ: "UTC" },
      timeout: 30_000,
      stdio: ["ignore", "pipe", "pipe"],
    });

  async function run(...args: readonly string[]): Promise<string> {
    const child = start(...args);
    assert.ok(child.stdout && child.stderr);
    const [stdout, stderr, [status]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close") as Promise<[number | null]>,
    ]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
    return stdout;
  }

  test("what VS Code reads at each start is small", () => {
    const { size } = statSync(join(dist, "extension.cjs"));
    assert.ok(size <= 150_000, `${size} bytes`);
  });

  test("observe prints the tutorial's flows as hubble does", async () => {
    const printed = await run(
      "observe",
      "--input-file",
      tutorial("flows.jsonl"),
      "--last",
      "10000",
      "-o",
      "compact",
    );
    assert.equal(printed, readFileSync(tutorial("compact.txt"), "utf8"));
  });

  test("observe filters by flags and expressions", async () => {
    const drops = readFileSync(tutorial("compact.txt"), "utf8")
      .split("\n")
      .filter((line) => line.includes("DROPPED"));
    const input = ["observe", "--input-file", tutorial("flows.jsonl")];
    for (const filter of [
      ["--verdict", "DROPPED"],
      ["--cel-expression", "_flow.verdict == Verdict.DROPPED"],
    ]) {
      assert.equal(await run(...input, ...filter), drops.map((line) => `${line}\n`).join(""));
    }
    assert.equal((await run(...input, "-o", "table")).split("\n").length, 66);
  });

  for (const name of ["l3-l4", "l7"]) {
    test(`tally counts the tutorial's ${name} policy`, async () => {
      const policy = tutorial(`rule1-${name}.yaml`);
      const printed = await run(
        "tally",
        "--flows",
        tutorial("flows.jsonl"),
        "--policy",
        policy,
        "-o",
        "json",
      );
      assert.deepEqual(JSON.parse(printed), JSON.parse(readFileSync(tutorial(`tally-${name}.json`), "utf8")));
    });
  }

  test("demo-relay serves what observe asks for", async () => {
    const relay = start("demo-relay", "--port", "0");
    try {
      assert.ok(relay.stdout);
      const [line] = (await once(relay.stdout, "data")) as [Buffer];
      const address = /^demo relay on (127\.0\.0\.1:\d+)$/m.exec(line.toString())?.[1];
      assert.ok(address);
      const printed = await run("observe", "--server", address, "--last", "5");
      // Five flows of each of the three nodes.
      assert.equal(printed.trim().split("\n").length, 15);
    } finally {
      relay.kill();
      await once(relay, "close");
    }
  });

  test("the engine's thread has the Kubernetes client at hand", async () => {
    // Bound and closed again: nothing listens there.
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster: { server: `http://127.0.0.1:${port}` } }],
        contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
        users: [{ name: "u", user: {} }],
        "current-context": "c",
      }),
    );
    const engine = new EngineProxy(join(dist, "engineWorker.js"), silentLogger);
    try {
      let state: SessionState = { name: "idle" };
      engine.onSnapshot((snapshot) => {
        ({ state } = snapshot);
      });
      await engine.request("connect", {
        target: {
          kind: "kubernetes",
          kubeconfigPaths: [kubeconfig],
          namespace: "kube-system",
          service: "hubble-relay",
        },
      });
      const failure = await until("the API server is out of reach", () => {
        return state.name === "waiting" || state.name === "failed" ? state.failure : undefined;
      });
      assert.equal(failure.kind, "api-server-unreachable");
    } finally {
      await engine.dispose();
    }
  });
});
