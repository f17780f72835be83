import assert from "node:assert/strict";
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { openRelayClient } from "../../src/hubble/relayClient.ts";
import type { DemoCall, DemoMessage } from "../../src/protocol/demoControl.ts";
import { fixturePath, fixtureText } from "../support/hubbleFixture.ts";

const children: ChildProcess[] = [];
const ending: (() => unknown)[] = [];
const folder = await mkdtemp(join(tmpdir(), "hubble-lens-demo-"));
after(async () => {
  for (const child of children) child.kill("SIGKILL");
  for (const end of ending) end();
  await rm(folder, { recursive: true });
});

const never = new AbortController().signal;

/** Starts `demo-relay` on the command line. */
function commandLine(...args: readonly string[]) {
  const child = spawn(process.execPath, [join(projectRoot, "src/cli/main.ts"), "demo-relay", ...args]);
  children.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (text: Buffer) => {
    out += text.toString();
  });
  child.stderr.on("data", (text: Buffer) => {
    err += text.toString();
  });
  const exit = once(child, "close").then(([code, signal]: unknown[]) => ({ code, signal, out, err }));
  const line = once(child.stdout, "data").then(() => out);
  return { child, line, exit };
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  test(`the command prints one line when it listens, answers, and ends well on ${signal}`, async () => {
    const { child, line, exit } = commandLine(
      "--port",
      "0",
      "--policy",
      fixturePath("tutorial/rule1-l7.yaml"),
    );
    const address = /^demo relay on (127\.0\.0\.1:\d+)\n$/.exec(await line)?.[1] ?? "";
    const client = openRelayClient({ address, logger: silentLogger });
    assert.equal((await client.serverStatus(never)).connectedNodes, 3);
    client.dispose();
    child.kill(signal);
    assert.deepEqual(await exit, { code: 0, signal: null, out: `demo relay on ${address}\n`, err: "" });
  });
}

test("the command says what is wrong and ends with status 1", async () => {
  const taken = createServer().listen(0, "127.0.0.1");
  ending.push(() => taken.close());
  await once(taken, "listening");
  const address = taken.address();
  const port = typeof address === "object" && address ? String(address.port) : "";
  const broken = join(folder, "broken.yaml");
  await writeFile(broken, "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: { name: a }\n");
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--port", port], new RegExp(`^port ${port} is in use`)],
    [["--port", "70000"], /--port takes a number from 0 to 65535/],
    [["--port", "0", "--rate", "0"], /--rate takes a number from 1/],
    [["--port", "0", "--seed", "x"], /--seed takes a whole number/],
    [["--port", "0", "--nope"], /nope/],
    [["--port", "0", "--policy", join(folder, "none.yaml")], /none\.yaml.*ENOENT/],
    [["--port", "0", "--policy", broken], /broken\.yaml: line 1: /],
  ];
  const ends = await Promise.all(cases.map(([args]) => commandLine(...args).exit));
  for (const [index, [args, expected]] of cases.entries()) {
    const end = ends[index];
    assert.deepEqual([end?.code, end?.out], [1, ""], args.join(" "));
    assert.match(end?.err ?? "", expected);
  }
});

/** Starts the process as the extension does. */
function forked() {
  const child = fork(join(projectRoot, "src/demo/demoRelayProcess.ts"), ["--port", "0", "--rate", "100"], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  children.push(child);
  const queue: DemoMessage[] = [];
  const waiting: ((message: DemoMessage) => void)[] = [];
  child.on("message", (message) => {
    const next = waiting.shift();
    if (next) next(message as DemoMessage);
    else queue.push(message as DemoMessage);
  });
  const next = () =>
    new Promise<DemoMessage>((resolve) => {
      const message = queue.shift();
      if (message) resolve(message);
      else waiting.push(resolve);
    });
  const exit = once(child, "exit").then(([code]: unknown[]) => code);
  const send = (call: DemoCall) => child.send(call);
  return { child, next, send, exit };
}

test("the extension's process tells where it listens and which policies are in force, and ends when told to", async () => {
  const { next, send, exit } = forked();
  const listening = await next();
  assert.match(listening.type === "listening" ? listening.address : "", /^127\.0\.0\.1:\d+$/);
  const first = await next();
  const texts = first.type === "policies" ? first.texts : [];
  assert.equal(texts.length, 5);
  const rule1 = fixtureText("tutorial/rule1-l3-l4.yaml");
  send({ type: "apply", id: 1, text: rule1 });
  assert.deepEqual(await next(), { type: "applied", id: 1, policies: ["default/rule1"] });
  assert.deepEqual(await next(), { type: "policies", texts: [...texts, rule1] });
  send({ type: "remove", id: 2, text: rule1 });
  assert.deepEqual(await next(), { type: "applied", id: 2, policies: ["default/rule1"] });
  assert.deepEqual(await next(), { type: "policies", texts });
  send({ type: "remove", id: 3, text: rule1 });
  assert.deepEqual(await next(), { type: "refused", id: 3, message: "not in force: default/rule1" });
  send({ type: "shutdown" });
  assert.equal(await exit, 0);
});

test("the extension's process ends when the extension is gone", async () => {
  const { child, next, exit } = forked();
  await next();
  child.disconnect();
  assert.equal(await exit, 0);
});
