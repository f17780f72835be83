import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { CancelledError } from "../../src/engine/cancelledError.ts";
import { flowCsvHead } from "../../src/flows/flowCsv.ts";
import type { ExportOptions } from "../../src/protocol/engine.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { fixtureLines, fixturePath } from "../support/hubbleFixture.ts";
import { watchLeaks } from "../support/leakCheck.ts";

/** An engine that holds a capture with flows of every kind. */
async function setUp(t: TestContext, capture = fixturePath("hubble-cli/flows.jsonl")) {
  const noLeaks = watchLeaks();
  const folder = mkdtempSync(join(tmpdir(), "hubble-lens-export-"));
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    rmSync(folder, { recursive: true });
    await noLeaks();
  });
  await probe.engine.handle("openCapture", { path: capture });
  const { view } = await probe.engine.handle("openView", { selection: { whitelist: [], blacklist: [] } });
  const path = join(folder, "flows.jsonl");
  const options: ExportOptions = { view, path, format: "jsonpb", redact: false, overwrite: false };
  return { probe, folder, view, path, options };
}

test("a view that was just opened is written whole, as the hubble command line prints it", async (t) => {
  const { probe, folder, path, options } = await setUp(t);
  const summary = await probe.engine.handle("exportView", options);
  const text = readFileSync(path, "utf8");
  const events = (all: readonly string[]) =>
    all.map((line) => JSON.parse(line) as Event).sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  assert.deepEqual(events(text.trimEnd().split("\n")), events(fixtureLines("hubble-cli/flows.jsonl")));
  assert.deepEqual(summary, { path, flows: 600, bytes: Buffer.byteLength(text), notHeld: 0 });
  assert.deepEqual(readdirSync(folder), ["flows.jsonl"]);
});

test("only the view's flows, or the rows that are asked for, are written", async (t) => {
  const { probe, path, options, view } = await setUp(t);
  const dropped = await probe.engine.handle("openView", {
    selection: { whitelist: [{ verdict: ["DROPPED"] }], blacklist: [] },
  });
  const some = await probe.engine.handle("exportView", { ...options, view: dropped.view, format: "csv" });
  const [head, ...cells] = readFileSync(path, "utf8").trimEnd().split("\r\n");
  assert.equal(head, flowCsvHead);
  assert.ok(cells.length > 10 && cells.length === some.flows);
  assert.ok(cells.every((line) => line.includes(",DROPPED,")));
  const rows = (await probe.rows(view)).slice(3, 5).map(({ row }) => row);
  const two = await probe.engine.handle("exportView", { ...options, rows: [...rows, -1], overwrite: true });
  assert.deepEqual(
    [two.flows, two.notHeld, readFileSync(path, "utf8").trimEnd().split("\n").length],
    [2, 1, 2],
  );
});

for (const format of ["jsonpb", "csv"] as const) {
  test(`${format}, redacted, holds no name of what is held`, async (t) => {
    const { probe, path, options } = await setUp(t);
    await probe.engine.handle("exportView", { ...options, format, redact: true });
    const text = readFileSync(path, "utf8");
    for (const secret of ["frontend", "checkout", "company.com", "10.244.", "example.com", "93.184.216.34"]) {
      assert.ok(
        fixtureLines("hubble-cli/flows.jsonl").some((line) => line.includes(secret)),
        secret,
      );
      assert.equal(text.includes(secret), false, secret);
    }
    assert.match(text, /POLICY_DENIED/);
  });
}

test("a file that is there is not replaced unless that is said", async (t) => {
  const { probe, path, folder, options } = await setUp(t);
  writeFileSync(path, "mine\n");
  await assert.rejects(probe.engine.handle("exportView", options), /There is a file .* already/);
  assert.equal(readFileSync(path, "utf8"), "mine\n");
  await probe.engine.handle("exportView", { ...options, overwrite: true });
  assert.equal(readFileSync(path, "utf8").trimEnd().split("\n").length, 602);
  assert.deepEqual(readdirSync(folder), ["flows.jsonl"]);
});

test("where nothing can be written, it is said, and nothing is left", async (t) => {
  const { probe, folder, options } = await setUp(t);
  const path = join(folder, "no", "flows.jsonl");
  await assert.rejects(probe.engine.handle("exportView", { ...options, path }), /There is no folder/);
  await assert.rejects(probe.engine.handle("exportView", { ...options, view: 99 }), /view 99 is not open/);
  assert.deepEqual(readdirSync(folder), []);
});

test("progress is told, and a cancelled export leaves no file", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hubble-lens-"));
  t.after(() => {
    rmSync(folder, { recursive: true });
  });
  const large = join(folder, "large.jsonl");
  writeFileSync(
    large,
    Array.from({ length: 60_000 }, (_, index) => `{"flow":{"uuid":"${index}","verdict":"DROPPED"}}\n`).join(
      "",
    ),
  );
  const { probe, path, options } = await setUp(t, large);
  const exporting = probe.engine.handle("exportView", options);
  const rejected = assert.rejects(exporting, CancelledError);
  const { exporting: progress } = await probe.until(
    "progress",
    (snapshot) => snapshot.exporting !== undefined,
  );
  assert.deepEqual([progress?.path, progress?.total], [path, 60_000]);
  await assert.rejects(probe.engine.handle("exportView", options), /Another export is under way/);
  await probe.engine.handle("cancelExport", null);
  await rejected;
  assert.equal(existsSync(path), false);
  await probe.until("the end", (snapshot) => snapshot.exporting === undefined);
  assert.equal((await probe.engine.handle("exportView", options)).flows, 60_000);
});

interface Event {
  readonly flow?: { readonly uuid: string };
  readonly time: string;
}

function idOf({ flow, time }: Event): string {
  return flow?.uuid ?? time;
}
