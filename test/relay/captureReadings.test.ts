import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { CancelledError } from "../../src/engine/cancelledError.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

const capture = join(import.meta.dirname, "../fixtures/tutorial/flows.jsonl");

/** An engine that streams two flows from a relay into a view, and a folder for captures. */
async function setUp(t: TestContext) {
  const noLeaks = watchLeaks();
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-"));
  const relay = new RingRelay();
  await relay.start();
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    relay.stop();
    await rm(folder, { recursive: true });
    await noLeaks();
  });
  relay.emit("node-1");
  relay.emit("node-2");
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 2);
  await probe.untilState("streaming");
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  const lines = (await readFile(capture, "utf8")).split("\n").slice(0, 3);
  /** A capture that takes a second or more to read. */
  const large = (name: string) => file(name, `${lines.join("\n")}\n`.repeat(20_000));
  const reading = async (path: string) => {
    const opening = probe.engine.handle("openCapture", { path });
    opening.catch(() => undefined);
    await probe.until(
      "flows of the capture",
      ({ source, flows }) => source.kind === "reading" && source.path === path && flows.held > 0,
    );
    return { opening };
  };
  return { probe, relay, view, folder, file, large, reading };
}

test("a file that is no capture leaves the session and its flows as they were", async (t) => {
  const { probe, relay, view, folder, file } = await setUp(t);
  const before = await probe.rows(view);
  const wrong = [
    join(folder, "nosuch.jsonl"),
    folder,
    await file("picture.png", "\u0089PNG\nnot a capture"),
    await file("broken.jsonl", "{broken\n{broken\n"),
  ];
  for (const path of wrong) {
    await assert.rejects(probe.engine.handle("openCapture", { path }), (error) => {
      return error instanceof Error && !(error instanceof CancelledError) && error.message.includes(path);
    });
  }
  const { state, source, flows } = probe.snapshots.at(-1) ?? assert.fail();
  assert.deepEqual([state.name, source.kind, flows.held], ["streaming", "live", 2]);
  assert.deepEqual(await probe.rows(view), before);
  relay.emit("node-1");
  await probe.untilRows(view, 3);
});

test("an empty file is a capture without flows", async (t) => {
  const { probe, relay, file } = await setUp(t);
  const path = await file("empty.jsonl", "");
  const summary = await probe.engine.handle("openCapture", { path });
  const whole = { path, brokenLines: [], brokenCount: 0 };
  assert.deepEqual(summary, { ...whole, flows: 0, files: [{ ...whole, events: 0 }] });
  const { state, flows } = await probe.until("the capture", ({ source }) => source.kind === "capture");
  assert.deepEqual([state.name, flows.held], ["idle", 0]);
  await until("the relay is left", () => relay.followers === 0);
});

test("the progress of reading is told", async (t) => {
  const { probe, large, reading } = await setUp(t);
  const path = await large("large.jsonl");
  const { opening } = await reading(path);
  const { size } = await stat(path);
  await probe.until("bytes", ({ source }) => {
    return source.kind === "reading" && source.bytesRead > 1000 && source.totalBytes === size;
  });
  assert.equal(probe.snapshots.at(-1)?.state.name, "idle");
  await probe.engine.handle("cancelCapture", null);
  await assert.rejects(opening, CancelledError);
});

for (const request of ["cancelCapture", "disconnect"] as const) {
  test(`${request} in the midst of a capture: cancelled, nothing is held, from nowhere`, async (t) => {
    const { probe, view, large, reading } = await setUp(t);
    const { opening } = await reading(await large("large.jsonl"));
    await probe.engine.handle(request, null);
    // Who cancels sees it at once.
    if (request === "cancelCapture") assert.equal(probe.snapshots.at(-1)?.source.kind, "none");
    await assert.rejects(opening, CancelledError);
    const { state, flows } = await probe.until("nothing", ({ source }) => source.kind === "none");
    assert.deepEqual([state.name, flows.held, await probe.rows(view)], ["idle", 0, []]);
  });
}

test("connecting in the midst of a capture cancels it; only the session's flows are held", async (t) => {
  const { probe, relay, view, large, reading } = await setUp(t);
  const { opening } = await reading(await large("large.jsonl"));
  await probe.connect(relay.address);
  await assert.rejects(opening, CancelledError);
  await probe.untilState("streaming");
  await probe.until("the session's flows", ({ source, flows }) => source.kind === "live" && flows.held === 2);
  assert.equal((await probe.rows(view)).length, 2);
});

test("a capture in the midst of another: a wrong one changes nothing, a right one takes its place", async (t) => {
  const { probe, folder, large, reading } = await setUp(t);
  const path = await large("large.jsonl");
  const { opening } = await reading(path);
  await assert.rejects(probe.engine.handle("openCapture", { path: join(folder, "nosuch") }), /nosuch/);
  const before = probe.snapshots.length;
  await probe.until("it goes on", ({ source }) => {
    return probe.snapshots.length > before + 2 && source.kind === "reading" && source.path === path;
  });
  const summary = await probe.engine.handle("openCapture", { path: capture });
  await assert.rejects(opening, CancelledError);
  assert.equal(summary.flows, 64);
  await probe.until("the other one", ({ source, flows }) => source.kind === "capture" && flows.held === 64);
});
