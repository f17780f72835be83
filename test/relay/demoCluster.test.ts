import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { CancelledError } from "../../src/ui/cancelledError.ts";
import { DemoCluster } from "../../src/ui/session/demoCluster.ts";
import { listProcesses } from "../support/listProcesses.ts";
import { until } from "../support/until.ts";

const root = join(import.meta.dirname, "..", "..");
const modulePath = join(root, "src", "demo", "demoRelayProcess.ts");
const policy = readFileSync(join(root, "test", "fixtures", "tutorial", "rule1-l3-l4.yaml"), "utf8");
/** A pace that no other test asks for: tells our processes from theirs. */
const flowsPerSecond = 3_000 + (process.pid % 1_000);

const never = new AbortController().signal;
const opened: DemoCluster[] = [];

afterEach(async () => {
  for (const demo of opened.splice(0)) {
    await demo.stop();
    demo.dispose();
  }
  assert.deepEqual(processes(), []);
});

function openDemo(path = modulePath): DemoCluster {
  const demo = new DemoCluster(path, silentLogger);
  opened.push(demo);
  return demo;
}

function processes(): readonly number[] {
  return listProcesses("demoRelayProcess.ts")
    .filter(({ command }) => command.includes(`--rate ${flowsPerSecond}`))
    .map(({ pid }) => pid);
}

test("a policy that is applied is in force, one that is removed is not, and a broken one says why", async () => {
  const demo = openDemo();
  const inForce: number[] = [];
  demo.onPolicies((texts) => inForce.push(texts.filter((text) => /name: "?rule1/.test(text)).length));
  const address = await demo.start(flowsPerSecond, never);
  assert.match(address, /^127\.0\.0\.1:\d+$/);
  assert.equal(demo.isRunning, true);
  assert.deepEqual(await demo.apply(policy), ["default/rule1"]);
  assert.deepEqual(await demo.remove(policy), ["default/rule1"]);
  await assert.rejects(demo.apply("kind: [\n"), /\w/);
  await until("the policies in force are told each time", () => inForce.length === 3);
  assert.deepEqual(inForce, [0, 1, 0]);
});

test("starting again ends the process before", async () => {
  const demo = openDemo();
  const first = await demo.start(flowsPerSecond, never);
  const second = await demo.start(flowsPerSecond, never);
  assert.notEqual(first, second);
  assert.equal(processes().length, 1);
});

test("a crash is told once, and calls after it are refused", async () => {
  const demo = openDemo();
  const crashes: string[] = [];
  demo.onCrash(({ message }) => crashes.push(message));
  await demo.start(flowsPerSecond, never);
  for (const pid of processes()) process.kill(pid, "SIGKILL");
  await until("the crash is told", () => crashes.length > 0);
  assert.match(crashes.join(), /SIGKILL/);
  assert.equal(demo.isRunning, false);
  await assert.rejects(demo.apply(policy), /does not run/);
  assert.equal(crashes.length, 1);
});

test("what cannot start says why, and is not called a crash", async () => {
  const demo = openDemo(join(root, "src", "demo", "thereIsNoSuchFile.ts"));
  const crashes: string[] = [];
  demo.onCrash(({ message }) => crashes.push(message));
  await assert.rejects(demo.start(flowsPerSecond, never), /exit status 1.*thereIsNoSuchFile/s);
  assert.deepEqual(crashes, []);
  assert.equal(demo.isRunning, false);
});

test("a start that is given up leaves nothing behind", async () => {
  const demo = openDemo();
  const abort = new AbortController();
  const starting = demo.start(flowsPerSecond, abort.signal);
  await until("the process is there", () => processes().length === 1);
  abort.abort();
  await assert.rejects(starting, CancelledError);
  await until("no process is left", () => processes().length === 0);
});

test("two starts at once are one", async () => {
  const demo = openDemo();
  const starts = [demo.start(flowsPerSecond, never), demo.start(flowsPerSecond, never)];
  await until("the process is there", () => processes().length === 1);
  starts.push(demo.start(flowsPerSecond, never));
  assert.equal(new Set(await Promise.all(starts)).size, 1);
  assert.equal(processes().length, 1);
});

test("being stopped while it starts is no failure, and a start after that is another one", async () => {
  const demo = openDemo();
  const crashes: string[] = [];
  demo.onCrash(({ message }) => crashes.push(message));
  const starts = [demo.start(flowsPerSecond, never)];
  await until("the process is there", () => processes().length === 1);
  starts.push(demo.start(flowsPerSecond, never));
  const cancelled = Promise.all(starts.map((start) => assert.rejects(start, CancelledError)));
  const stopped = demo.stop();
  const next = demo.start(flowsPerSecond, never);
  await stopped;
  await cancelled;
  assert.match(await next, /^127\.0\.0\.1:\d+$/);
  assert.equal(processes().length, 1);
  assert.deepEqual(crashes, []);
});
