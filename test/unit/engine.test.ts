import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import type { TallyEntry } from "../../src/policy/tallyEntry.ts";
import type { EngineSettings, EngineSnapshot } from "../../src/protocol/engine.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";

const tutorial = join(import.meta.dirname, "../fixtures/tutorial");
const capture = join(tutorial, "flows.jsonl");
const settings: EngineSettings = {
  maxFlows: 1_000,
  maxBytes: 1 << 26,
  historyPerNode: 10,
  clusterName: "default",
};
const lookAtAll = { groups: true, documents: true, views: true };

function setUp(t: TestContext): EngineProbe {
  const noLeaks = watchLeaks();
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    await noLeaks();
  });
  return probe;
}

async function openDocument(probe: EngineProbe, name: string, version = 1): Promise<string> {
  const uri = `file:///${name}`;
  const text = await readFile(join(tutorial, name), "utf8");
  await probe.engine.handle("setDocument", { uri, version, text });
  return uri;
}

/** The numbers of a rule or direction, without those that are 0, as text. */
function numbers(entries: readonly TallyEntry[], path: string): string {
  const entry = entries.find((each) => each.path === path && each.type !== "policy");
  assert.ok(entry, `no entry at ${path}`);
  return Object.entries(entry)
    .filter(([name, value]) => typeof value === "number" && value !== 0 && !/Ms$|perMinute/.test(name))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ");
}

test("a capture is held, shown and summed up", async (t) => {
  const probe = setUp(t);
  const view = await probe.view();
  const summary = await probe.engine.handle("openCapture", { path: capture });
  const whole = { path: capture, brokenLines: [], brokenCount: 0 };
  assert.deepEqual(summary, { ...whole, flows: 64, files: [{ ...whole, events: 64 }] });
  const rows = await probe.untilRows(view, 64);
  const { source, state, flows } = await probe.until(
    "the capture",
    (snapshot) => snapshot.source.kind === "capture",
  );
  assert.deepEqual([source, state], [{ kind: "capture", summary }, { name: "idle" }]);
  assert.deepEqual([flows.held, flows.seen, flows.dropped, flows.undecodable], [64, 64, 0, 0]);
  const {
    source: from,
    destination,
    port,
    event,
    verdict,
    tone,
  } = rows[0]?.type === "flow" ? rows[0] : assert.fail();
  assert.deepEqual(
    { from, destination, port, event, verdict, tone },
    {
      from: "10.0.2.15 (host)",
      destination: "kube-system/hubble-relay-5dcd46f5c-2lfmr",
      port: "4222",
      event: "to-endpoint",
      verdict: "forwarded",
      tone: "forwarded",
    },
  );
  const words = new Set(rows.flatMap((row) => (row.type === "flow" ? [`${row.verdict} ${row.tone}`] : [])));
  assert.ok(words.has("denied denied"), [...words].join());
});

test("details of a row: what is asked first, and the whole event", async (t) => {
  const probe = setUp(t);
  const view = await probe.view({ whitelist: [{ verdict: ["DROPPED"] }], blacklist: [] });
  await probe.engine.handle("openCapture", { path: capture });
  const [row] = await probe.untilRows(view, 1);
  const details = await probe.engine.handle("details", { row: row?.row ?? -1 });
  assert.ok(details);
  assert.deepEqual(details.fields[0], {
    name: "Verdict",
    value: "denied",
    term: { flag: "verdict", value: "DROPPED" },
  });
  assert.ok(details.fields.some(({ name, value }) => name === "Source" && value.startsWith("default/xwing")));
  assert.ok(details.sourceLabels.includes("k8s:class=xwing"), details.sourceLabels.join());
  assert.match(details.json, /^\{\n {2}"flow": \{\n/);
  assert.equal(await probe.engine.handle("details", { row: 1_000_000 }), null);
});

test("a port that a socket event does not know is not shown as 0", async (t) => {
  const probe = setUp(t);
  const view = await probe.view({ whitelist: [{ eventType: [{ type: 7 }] }], blacklist: [] });
  await probe.engine.handle("openCapture", { path: capture });
  const rows = await probe.untilRows(view, 41);
  const shown = new Set<string>();
  for (const row of rows) {
    const details = await probe.engine.handle("details", { row: row.row });
    const address = (name: string) => details?.fields.find((field) => field.name === name)?.value ?? "-";
    const port = row.type === "flow" ? row.port : "-";
    const ports = [address("Source address"), address("Destination address")].map((text) =>
      text.replace(/^[\d.]+/, ""),
    );
    shown.add([port, ...ports].map((text) => text.replace(/\d+/, "N")).join("|"));
  }
  assert.deepEqual([...shown].toSorted(), ["|:N|"]);
});

test("policies are counted over a capture, opened before or after it", async (t) => {
  const probe = setUp(t);
  await probe.engine.handle("setInterest", lookAtAll);
  const first = await openDocument(probe, "rule1-l3-l4.yaml");
  await probe.engine.handle("openCapture", { path: capture });
  const { documents } = await probe.until(
    "the first count",
    (snapshot) => snapshot.documents?.[0]?.basis.source === "drops",
  );
  const document = documents?.[0] ?? assert.fail();
  const { entries } = document;
  assert.equal(document.uri, first);
  assert.equal(numbers(entries, "spec.ingress"), "defaultDenied 1");
  assert.equal(numbers(entries, "spec.ingress[0]"), "");
  assert.deepEqual(document.applied, [
    { policy: "default/rule1", kind: "CiliumNetworkPolicy", state: "unknown" },
  ]);
  const second = await openDocument(probe, "rule1-l7.yaml");
  const later = await probe.until("the second count", (snapshot) => snapshot.documents?.length === 2);
  const l7 = later.documents?.find(({ uri }) => uri === second)?.entries ?? [];
  assert.equal(numbers(l7, "spec.ingress[0].toPorts[0].rules.http[0]"), "l7Allowed 1");
  await probe.engine.handle("closeDocument", { uri: first });
  await probe.until("one document", (snapshot) => snapshot.documents?.length === 1);
});

test("a changed buffer is counted anew over all that is held", async (t) => {
  const probe = setUp(t);
  await probe.engine.handle("setInterest", lookAtAll);
  await probe.engine.handle("openCapture", { path: capture });
  const uri = await openDocument(probe, "rule1-l3-l4.yaml");
  await probe.until("the first count", (snapshot) => snapshot.documents?.[0]?.basis.source === "drops");
  const text = await readFile(join(tutorial, "rule1-l3-l4.yaml"), "utf8");
  const peerAt = text.lastIndexOf("empire");
  const edited = `${text.slice(0, peerAt)}alliance${text.slice(peerAt + "empire".length)}`;
  await probe.engine.handle("setDocument", { uri, version: 2, text: edited });
  const { documents } = await probe.until("version 2", (snapshot) => snapshot.documents?.[0]?.version === 2);
  assert.equal(numbers(documents?.[0]?.entries ?? [], "spec.ingress"), "differs 1");
  await probe.engine.handle("setDocument", { uri, version: 3, text: `${text}    - fromEndpoints: [` });
  const broken = await probe.until("version 3", (snapshot) => snapshot.documents?.[0]?.version === 3);
  assert.ok((broken.documents?.[0]?.problems.length ?? 0) > 0);
});

test("the flows of a rule are those behind its number, also when its document is opened later", async (t) => {
  const probe = setUp(t);
  await probe.engine.handle("setInterest", lookAtAll);
  const rule = { uri: "file:///rule1-l7.yaml", kind: "CiliumNetworkPolicy", policy: "default/rule1" };
  const show = async (path: string, count: number) => {
    const view = await probe.view({ whitelist: [], blacklist: [], rule: { ...rule, path } }, lookAtAll);
    await probe.engine.handle("openCapture", { path: capture });
    await openDocument(probe, "rule1-l7.yaml");
    const rows = await probe.untilRows(view, count);
    await probe.engine.handle("closeView", { view });
    return rows.map((row) => (row.type === "flow" ? `${row.source} ${row.event} ${row.verdict}` : row.text));
  };
  assert.deepEqual(await show("spec.ingress", 2), new Array(2).fill("default/xwing Policy denied denied"));
  assert.deepEqual(await show("spec.ingress[0].toPorts[0].rules.http[0]", 1), [
    "default/tiefighter http-request forwarded",
  ]);
});

test("groups are counted while somebody looks", async (t) => {
  const probe = setUp(t);
  await probe.engine.handle("openCapture", { path: capture });
  const blind = await probe.until("the capture", (snapshot) => snapshot.source.kind === "capture");
  assert.equal(blind.groups, undefined);
  await probe.engine.handle("setInterest", lookAtAll);
  const { groups } = await probe.until("groups", (snapshot) => (snapshot.groups?.length ?? 0) > 0);
  const workloads = groups
    ?.find(({ namespace }) => namespace === "default")
    ?.workloads.map(({ name }) => name);
  assert.deepEqual(workloads, ["deathstar", "tiefighter", "xwing"]);
  await probe.engine.handle("configure", { ...settings, maxFlows: 10 });
  const less = await probe.until("fewer", ({ flows }) => flows.held === 10);
  assert.equal(less.flows.dropped, 54);
  assert.ok((less.groups ?? []).every(({ counts }) => counts.total <= 10));
  await probe.engine.handle("configure", { ...settings, maxFlows: 2 });
  // A capture's drops are old.
  const least = await probe.until("the last two", ({ flows }) => flows.held === 2);
  assert.deepEqual([blind.flows.denied, least.flows.denied, least.flows.deniedLive], [2, 0, 0]);
  await probe.engine.handle("setInterest", { ...lookAtAll, groups: false });
  await probe.until("no groups", (snapshot) => snapshot.groups === undefined);
});

test("counts of many workloads rest for a moment, and are told in the end", async (t) => {
  const probe = setUp(t);
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-"));
  t.after(() => rm(folder, { recursive: true }));
  const path = join(folder, "many.jsonl");
  const lines = Array.from({ length: 150 }, (_, number) =>
    JSON.stringify({ flow: { uuid: `${number}`, source: { namespace: "shop", pod_name: `pod-${number}` } } }),
  );
  await writeFile(path, `${lines.join("\n")}\n`);
  await probe.engine.handle("setInterest", lookAtAll);
  await probe.engine.handle("openCapture", { path });
  const total = (groups: EngineSnapshot["groups"]) =>
    groups?.find(({ namespace }) => namespace === "shop")?.counts.total;
  await probe.until("all", ({ groups }) => total(groups) === 150);
  await probe.engine.handle("configure", { ...settings, maxFlows: 120 });
  await probe.until("fewer counted", ({ groups }) => total(groups) === 120);
});

test("a capture that cannot be read is refused with its name; what is broken in one is listed", async (t) => {
  const probe = setUp(t);
  const folder = await mkdtemp(join(tmpdir(), "hubble-lens-"));
  t.after(() => rm(folder, { recursive: true }));
  const missing = join(folder, "nosuch.jsonl");
  await assert.rejects(probe.engine.handle("openCapture", { path: missing }), /nosuch\.jsonl/);
  await assert.rejects(probe.engine.handle("openCapture", { path: folder }), /folder/);
  const good = (await readFile(capture, "utf8")).split("\n").slice(0, 3);
  const mixed = join(folder, "mixed.jsonl");
  await writeFile(mixed, [good[0], "{broken", good[1], "", "[1]", good[2]].join("\n"));
  const summary = await probe.engine.handle("openCapture", { path: mixed });
  assert.deepEqual(
    [summary.flows, summary.brokenCount, summary.brokenLines.map(({ line }) => line)],
    [3, 2, [2, 5]],
  );
  const view = await probe.view();
  await probe.untilRows(view, 3);
});

test("requests about what is not there are refused in words", async (t) => {
  const probe = setUp(t);
  await assert.rejects(probe.engine.handle("rows", { view: 99, from: 0, count: 1 }), /view 99 is not open/);
  await probe.engine.handle("closeView", { view: 99 });
  await probe.engine.handle("closeDocument", { uri: "file:///nosuch" });
  assert.deepEqual(await probe.engine.handle("retryNow", null), { tried: false });
  await probe.engine.handle("disconnect", null);
});

test("snapshots are numbered, whole, and not sent when nothing changes", async (t) => {
  const probe = setUp(t);
  await probe.engine.handle("setInterest", lookAtAll);
  await probe.until("the first", ({ sequence }) => sequence === 1);
  await probe.engine.handle("retryNow", null);
  await probe.engine.handle("setInterest", { ...lookAtAll, groups: false });
  await probe.until("the second", ({ sequence }) => sequence >= 2);
  assert.deepEqual(
    probe.snapshots.map(({ sequence }) => sequence),
    probe.snapshots.map((_, index) => index + 1),
  );
  assert.ok(probe.snapshots.length <= 3, `${probe.snapshots.length} snapshots`);
});
