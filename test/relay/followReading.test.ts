import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { CancelledError } from "../../src/engine/cancelledError.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";

/** An engine with a view, and the file that it may follow. */
async function setUp(t: TestContext) {
  const noLeaks = watchLeaks();
  const folder = mkdtempSync(join(tmpdir(), "hubble-lens-"));
  const probe = new EngineProbe();
  const relay = new RingRelay();
  await relay.start();
  t.after(async () => {
    probe.engine.dispose();
    relay.stop();
    rmSync(folder, { recursive: true });
    await noLeaks();
  });
  let written = 0;
  const lines = (count: number) => {
    let text = "";
    for (let left = count; left > 0; left--) text += `{"flow":{"uuid":"${++written}"}}\n`;
    return text;
  };
  return { probe, relay, folder, path: join(folder, "events.log"), lines, view: await probe.view() };
}

test("a followed file is a capture that grows; stopped, it stays", async (t) => {
  const { probe, path, folder, lines, view } = await setUp(t);
  writeFileSync(path, lines(3));
  await probe.engine.handle("followCapture", { path });
  assert.equal((await probe.untilRows(view, 3)).length, 3);
  appendFileSync(path, `${lines(2)}broken\n`);
  await probe.untilRows(view, 5);
  renameSync(path, join(folder, "events-2026-11-22T10-00-00.000.log"));
  await probe.until(
    "waiting",
    ({ source }) => source.kind === "following" && source.state.kind === "waiting",
  );
  writeFileSync(path, lines(1));
  await probe.untilRows(view, 6);
  await probe.until("the rotation", ({ source }) => source.kind === "following" && source.rotations === 1);
  await probe.engine.handle("cancelCapture", null);
  const { source, flows } = await probe.until("a capture", (snapshot) => snapshot.source.kind === "capture");
  assert.ok(source.kind === "capture");
  const { summary } = source;
  assert.deepEqual([summary.path, summary.flows, summary.brokenCount, flows.held], [path, 6, 1, 6]);
});

test("a file that is not there is waited for; another capture or a session ends that", async (t) => {
  const { probe, path, folder, lines, relay, view } = await setUp(t);
  await probe.engine.handle("followCapture", { path });
  await probe.until(
    "waiting",
    ({ source }) => source.kind === "following" && source.state.kind === "waiting",
  );
  const other = join(folder, "other.jsonl");
  writeFileSync(other, lines(2));
  const summary = await probe.engine.handle("openCapture", { path: other });
  assert.equal(summary.flows, 2);
  await probe.engine.handle("followCapture", { path: other });
  writeFileSync(path, lines(1));
  relay.emit("node-1");
  await probe.connect(relay.address);
  await probe.untilState("streaming");
  appendFileSync(other, lines(5));
  const { source } = await probe.until("the session's flow", ({ flows }) => flows.held === 1);
  assert.equal(source.kind, "live");
  assert.equal((await probe.rows(view)).length, 1);
});

test("what cannot be followed leaves the session as it was", async (t) => {
  const { probe, folder, relay } = await setUp(t);
  relay.emit("node-1");
  await probe.connect(relay.address);
  await probe.untilState("streaming");
  const binary = join(folder, "program");
  writeFileSync(binary, "\0\0\0");
  await assert.rejects(probe.engine.handle("followCapture", { path: binary }), /binary file/);
  await assert.rejects(
    probe.engine.handle("followCapture", { path: folder }),
    /folder|no file that can be followed/,
  );
  assert.deepEqual(probe.snapshots.at(-1)?.source.kind, "live");
});

test("a follow that something else takes the place of before it began is cancelled", async (t) => {
  const { probe, path, relay, lines } = await setUp(t);
  writeFileSync(path, lines(1));
  const following = probe.engine.handle("followCapture", { path });
  const rejected = assert.rejects(following, CancelledError);
  await probe.connect(relay.address);
  await rejected;
});
