import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { startDemoRelay } from "../../src/demo/demoRelay.ts";
import type { EngineOptions } from "../../src/engine/engine.ts";
import type { RecordingOptions } from "../../src/protocol/engine.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { unpackWindow } from "../../src/protocol/rowPack.ts";
import { fixturePath, fixtureText } from "../support/hubbleFixture.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

/** An engine and a folder to record to. */
function setUp(t: TestContext, recorder: EngineOptions["recorder"] = {}) {
  const noLeaks = watchLeaks();
  const folder = mkdtempSync(join(tmpdir(), "hubble-lens-"));
  const probes: EngineProbe[] = [];
  const newProbe = () => {
    const probe = new EngineProbe({ recorder });
    probes.push(probe);
    return probe;
  };
  const relays: RingRelay[] = [];
  const ringRelay = async (capacity = 1_000) => {
    const relay = new RingRelay({ capacity });
    await relay.start();
    relays.push(relay);
    return relay;
  };
  const ends: (() => Promise<void>)[] = [];
  t.after(async () => {
    for (const { engine } of probes) engine.dispose();
    for (const relay of relays) relay.stop();
    for (const end of ends) await end();
    rmSync(folder, { recursive: true });
    await noLeaks();
  });
  const path = join(folder, "flows.jsonl");
  const options: RecordingOptions = { path, maxBytes: 0, maxFiles: 0, redact: false };
  return { folder, path, options, newProbe, probe: newProbe(), ringRelay, ends };
}

/** The whole events of a view, one after the other. */
async function events(probe: EngineProbe, view: number): Promise<readonly string[]> {
  const found: string[] = [];
  const figures = probe.snapshots.at(-1)?.views.find((each) => each.view === view);
  for (let from = figures?.first ?? 0; from < (figures?.end ?? 0); from += 1000) {
    const { rows } = unpackWindow(await probe.engine.handle("rows", { view, from, count: 1_000 }));
    for (const { row } of rows) {
      const details = await probe.engine.handle("details", { row });
      found.push(details?.json ?? "gone");
    }
  }
  return found;
}

for (const redact of [false, true]) {
  test(`a recording of the demo, ${redact ? "redacted" : "plain"}, opens again as it was`, async (t) => {
    const { probe, newProbe, options, path, ends } = setUp(t);
    const policies = [fixtureText("tutorial/rule1-l7.yaml")];
    const relay = await startDemoRelay({ port: 0, seed: 7, flowsPerSecond: 400, policies });
    ends.push(() => relay.stop());
    await probe.engine.handle("startRecording", { ...options, redact });
    await probe.connect(relay.address);
    const view = await probe.view();
    await probe.until("flows", ({ recording }) => (recording?.flows ?? 0) > 1_500, 20_000);
    await probe.engine.handle("disconnect", null);
    const state = await probe.engine.handle("stopRecording", null);
    const { seen } = (await probe.until("the end", ({ state: { name } }) => name === "idle")).flows;
    assert.deepEqual(
      [state?.flows, state?.files, state?.notRecorded, state?.failure],
      [seen, 1, 0, undefined],
    );
    assert.equal(readFileSync(path).length, state?.bytes);

    const again = newProbe();
    const reading = await again.view();
    const summary = await again.engine.handle("openCapture", { path });
    assert.deepEqual([summary.flows, summary.brokenCount], [seen, 0]);
    await again.untilRows(reading, seen);
    const [before, after] = [await events(probe, view), await events(again, reading)];
    if (redact) assert.deepEqual(after.map(shape).sort(), before.map(shape).sort());
    else assert.deepEqual([...after].sort(), [...before].sort());
    if (redact) checkRedacted(before.map(parsed), after.map(parsed));
  });
}

interface Event {
  readonly flow: Readonly<Record<string, unknown>>;
}

function parsed(json: string): Event {
  return JSON.parse(json) as Event;
}

/** An event with every text that redaction may change left blank. */
function shape(json: string): string {
  const kept =
    /^(?:time|uuid|verdict|Type|ipVersion|method|protocol|kind|type|revision|latency_ns|.*_point|.*_reason.*|.*_direction|qtypes|rrtypes|observation_source|api_key)$/;
  return JSON.stringify(parsed(json), (key, value: unknown) => {
    if (typeof value !== "string" || kept.test(key) || /^\d+$/.test(key)) return value;
    return "…";
  })
    .replaceAll(
      /"(?:labels|node_labels|ips|cnames|source_names|destination_names|policy_log)":\[[^\]]*\]/g,
      "[]",
    )
    .replaceAll(/,"Summary":"…"/g, "");
}

/** No name, address, header or query of the events before is in those after; what was equal is equal. */
function checkRedacted(before: readonly Event[], after: readonly Event[]): void {
  const text: string[] = [];
  JSON.stringify(after, (_key, value: unknown) => {
    if (typeof value === "string") text.push(value);
    return value;
  });
  const secrets = new Set<string>();
  const pairs = new Map<string, string>();
  const uuids = new Map(after.map((event) => [event.flow["uuid"], event]));
  const walk = (from: unknown, to: unknown, key: string): void => {
    if (typeof from === "object" && from !== null) {
      for (const [name, value] of Object.entries(from)) {
        walk(value, (to as Record<string, unknown> | undefined)?.[name], Array.isArray(from) ? key : name);
      }
    }
    if (typeof from !== "string") return;
    if (/^(?:namespace|pod_name|cluster_name|node_name|name|source|destination|topic)$/.test(key)) {
      if (from.length > 4) secrets.add(from);
      assert.equal(pairs.get(`${key} ${from}`) ?? to, to);
      pairs.set(`${key} ${from}`, String(to));
    }
    if (key === "query" || key === "ips" || key === "value") secrets.add(from);
    if (key === "url") secrets.add(new URL(from).hostname).add(new URL(from).search || from);
  };
  for (const event of before) walk(event.flow, uuids.get(event.flow["uuid"])?.flow, "");
  assert.ok(secrets.size > 40, String(secrets.size));
  const whole = text.join("\n");
  const found = [...secrets].filter(
    (secret) => text.includes(secret) || (secret.length > 4 && whole.includes(secret)),
  );
  assert.deepEqual(found, []);
}

test("a recording goes on through a lost connection, and has each flow once", async (t) => {
  const { probe, options, path, ringRelay } = setUp(t);
  const relay = await ringRelay();
  await probe.engine.handle("startRecording", options);
  const expected = [relay.emit("node-1"), relay.emit("node-2")];
  // Nobody looks: the recording is reason enough to stream.
  await probe.connect(relay.address);
  await probe.until("two flows", ({ recording }) => recording?.flows === 2);
  relay.stop();
  expected.push(relay.emit("node-1"));
  await probe.untilState("waiting");
  await relay.start();
  await probe.until("the third", ({ recording }) => recording?.flows === 3);
  expected.push(relay.emit("node-2"));
  relay.notify({
    kind: "lost-events",
    time: { seconds: 1, nanos: 0 },
    nodeName: "node-1",
    source: "HUBBLE_RING_BUFFER",
    count: 3,
  });
  await probe.until("the fourth", ({ recording }) => recording?.flows === 4);
  await until("the notice", () => readFileSync(path, "utf8").split("\n").length === 6);
  // A capture in between is none of the session's, and what is connected to again tells its history again.
  await probe.engine.handle("openCapture", { path: fixturePath("tutorial/flows.jsonl") });
  await probe.connect(relay.address);
  expected.push(relay.emit("node-1"));
  await probe.until("the fifth", ({ recording }) => recording?.flows === 5);
  await probe.engine.handle("stopRecording", null);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  assert.deepEqual(uuidsOf(lines), expected);
  assert.match(lines.at(-2) ?? "", /"lost_events":.*"num_events_lost":"3"/);
  assert.equal(await probe.engine.handle("stopRecording", null), null);
});

test("only what a view shows is recorded when that is wanted", async (t) => {
  const { probe, options, path, ringRelay } = setUp(t);
  const relay = await ringRelay();
  const view = await probe.view({ whitelist: [{ verdict: ["DROPPED"] }], blacklist: [] });
  await probe.connect(relay.address);
  await probe.untilState("streaming");
  await probe.engine.handle("startRecording", { ...options, view });
  await probe.engine.handle("closeView", { view });
  relay.emit("node-1");
  const dropped = relay.emit("node-1", { verdict: "DROPPED", dropReasonDesc: "POLICY_DENIED" });
  const { recording } = await probe.until("a flow", (snapshot) => snapshot.recording?.flows === 1);
  assert.equal(recording?.filtered, true);
  await probe.engine.handle("stopRecording", null);
  assert.deepEqual(uuidsOf(readFileSync(path, "utf8").trimEnd().split("\n")), [dropped]);
});

test("a full file is rotated, the oldest go, and the set opens whole and in order", async (t) => {
  const { probe, newProbe, folder, options, path, ringRelay } = setUp(t);
  const relay = await ringRelay();
  writeFileSync(join(folder, "flows-2020-01-01T00-00-00.000.jsonl"), "not of this recording\n");
  await probe.engine.handle("startRecording", { ...options, maxBytes: 4_000, maxFiles: 3 });
  const expected = Array.from({ length: 60 }, () => relay.emit("node-1"));
  await probe.connect(relay.address);
  await probe.until("all", ({ recording }) => recording?.flows === 60);
  const state = await probe.engine.handle("stopRecording", null);
  assert.ok((state?.files ?? 0) > 4, String(state?.files));
  const names = readdirSync(folder).sort();
  assert.equal(names.length, 4, names.join(" "));
  rmSync(join(folder, "flows-2020-01-01T00-00-00.000.jsonl"));
  const { paths } = await newProbe().engine.handle("captureSet", { path });
  assert.equal(paths.length, 3);
  const lines = paths.flatMap((each) => {
    const text = readFileSync(each, "utf8");
    assert.ok(text.length <= 4_000 && text.endsWith("\n"), each);
    return text.trimEnd().split("\n");
  });
  assert.deepEqual(uuidsOf(lines), expected.slice(-lines.length));
});

test("files that others take away are no reason to end: neither a full one nor the one that is written", async (t) => {
  const { probe, folder, options, path, ringRelay } = setUp(t);
  const relay = await ringRelay();
  await probe.engine.handle("startRecording", { ...options, maxBytes: 2_000, maxFiles: 2 });
  await probe.connect(relay.address);
  await probe.untilState("streaming");
  const full = () => readdirSync(folder).filter((name) => name.startsWith("flows-"));
  let flows = 0;
  const record = async (count: number) => {
    for (let left = count; left > 0; left--) relay.emit("node-1");
    flows += count;
    await probe.until("them", ({ recording }) => recording?.flows === flows);
  };
  await record(20);
  assert.equal(full().length, 1);
  for (const name of full()) rmSync(join(folder, name));
  await record(20);
  renameSync(path, join(folder, "moved.jsonl"));
  await record(20);
  const state = await probe.engine.handle("stopRecording", null);
  assert.deepEqual([state?.flows, state?.failure], [60, undefined]);
  assert.ok(readdirSync(folder).includes("moved.jsonl"), "it is not ours any more");
  assert.ok(readFileSync(path, "utf8").endsWith("}\n"));
});

/** What cannot be recorded to, and what is said. */
const refused: readonly (readonly [string, (folder: string) => string, RegExp])[] = [
  ["a file that is there", (folder) => file(folder, "flows.jsonl"), /There is a file .* already/],
  ["a folder that is not there", (folder) => join(folder, "no", "flows.jsonl"), /There is no folder .*no\./],
  ["a folder", (folder) => folder, /There is a file/],
];
for (const [what, make, message] of refused) {
  test(`${what} is refused, and nothing is recorded`, async (t) => {
    const { probe, folder, options } = setUp(t);
    const path = make(folder);
    await assert.rejects(probe.engine.handle("startRecording", { ...options, path }), message);
    assert.equal(await probe.engine.handle("stopRecording", null), null);
  });
}

test("two recordings at once are refused", async (t) => {
  const { probe, folder, options } = setUp(t);
  await probe.engine.handle("startRecording", options);
  const other = { ...options, path: join(folder, "b.jsonl") };
  await assert.rejects(probe.engine.handle("startRecording", other), /flows\.jsonl is being recorded/);
});

test("a full disk ends the recording with words, the session goes on", {
  skip: process.platform !== "linux",
}, async (t) => {
  const { probe, options, ringRelay } = setUp(t, { create: () => open("/dev/full", "w") });
  const relay = await ringRelay();
  await probe.engine.handle("startRecording", options);
  relay.emit("node-1");
  await probe.connect(relay.address);
  const view = await probe.view();
  const { recording } = await probe.until(
    "the failure",
    (snapshot) => snapshot.recording?.failure !== undefined,
  );
  assert.match(recording?.failure ?? "", /There is no room for .*flows\.jsonl/);
  assert.equal(recording?.flows, 0);
  relay.emit("node-1");
  await probe.untilRows(view, 2);
  const state = await probe.engine.handle("stopRecording", null);
  assert.match(state?.failure ?? "", /There is no room/);
});

test("nothing is streamed any more for a recording that failed", {
  skip: process.platform !== "linux",
}, async (t) => {
  const { probe, options, ringRelay } = setUp(t, { create: () => open("/dev/full", "w") });
  const relay = await ringRelay();
  await probe.engine.handle("startRecording", options);
  await probe.connect(relay.address);
  await probe.untilState("streaming");
  relay.emit("node-1");
  await probe.untilState("paused");
  assert.match((await probe.engine.handle("stopRecording", null))?.failure ?? "", /There is no room/);
});

test("a disk that is too slow: what is missing is counted", {
  skip: process.platform === "win32",
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hubble-lens-"));
  const pipe = join(folder, "pipe");
  execFileSync("mkfifo", [pipe]);
  // Nobody reads from it until the end: writing waits once it is full.
  const slow = { create: () => open(pipe, "r+"), maxWaitingBytes: 20_000 };
  const { probe, options, ringRelay, ends } = setUp(t, slow);
  const relay = await ringRelay(2_000);
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  await probe.engine.handle("startRecording", options);
  for (let count = 0; count < 2_000; count++) relay.emit("node-1");
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.until("flows are missing", ({ recording }) => (recording?.notRecorded ?? 0) > 0);
  await probe.until("the session goes on", ({ views }) => {
    const figures = views.find((each) => each.view === view);
    return figures !== undefined && figures.end >= 1_000;
  });
  const seen = (await probe.until("all are seen", ({ flows }) => flows.seen >= 1_000)).flows.seen;
  const reader = await open(pipe, "r");
  ends.push(() => reader.close());
  const stopped = probe.engine.handle("stopRecording", null);
  let text = "";
  const buffer = Buffer.alloc(1 << 20);
  for (;;) {
    const { bytesRead } = await reader.read(buffer, 0, buffer.length);
    if (bytesRead === 0) break;
    text += buffer.toString("utf8", 0, bytesRead);
  }
  const state = await stopped;
  const lines = text.trimEnd().split("\n");
  assert.deepEqual([uuidsOf(lines).length, lines.length], [state?.flows, state?.flows]);
  assert.equal((state?.flows ?? 0) + (state?.notRecorded ?? 0), seen);
});

function file(folder: string, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, "mine\n");
  return path;
}

function uuidsOf(lines: readonly string[]): readonly string[] {
  return lines.flatMap((line) => {
    const read = readResponse(Buffer.from(line));
    return read.kind === "flow" ? [read.flow.uuid ?? ""] : [];
  });
}
