import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { startDemoRelay, type DemoRelay } from "../../src/demo/demoRelay.ts";
import type { DocumentTally } from "../../src/protocol/engine.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";

const uri = "file:///rule1.yaml";
const text = await readFile(join(import.meta.dirname, "../fixtures/tutorial/rule1-l3-l4.yaml"), "utf8");

async function setUp(t: TestContext): Promise<{ probe: EngineProbe; relay: DemoRelay }> {
  const noLeaks = watchLeaks();
  const relay = await startDemoRelay({ port: 0, seed: 3, flowsPerSecond: 400, policies: [] });
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    await relay.stop();
    await noLeaks();
  });
  await probe.engine.handle("setInterest", { groups: false, documents: true, views: false });
  await probe.engine.handle("setApplied", { texts: relay.policies });
  await probe.engine.handle("setDocument", { uri, version: 1, text });
  await probe.engine.handle("connect", { target: { kind: "demo", address: relay.address } });
  return { probe, relay };
}

/** Waits until something holds of the document's tally. */
async function untilTally(
  probe: EngineProbe,
  what: string,
  holds: (tally: DocumentTally) => boolean,
): Promise<DocumentTally> {
  const find = (documents: readonly DocumentTally[] | undefined) =>
    documents?.find((each) => each.uri === uri);
  const { documents } = await probe.until(what, (snapshot) => {
    const tally = find(snapshot.documents);
    return tally !== undefined && holds(tally);
  });
  return find(documents) ?? assert.fail();
}

const appliedState = ({ applied }: DocumentTally) => applied[0]?.state;

function count(tally: DocumentTally, path: string, name: string): number {
  const entry: object = tally.entries.find((each) => each.path === path && each.type !== "policy") ?? {};
  return Number(new Map<string, unknown>(Object.entries(entry)).get(name) ?? 0);
}

test("a policy is counted once it is applied, and anew when another is", async (t) => {
  const { probe, relay } = await setUp(t);
  const absent = await untilTally(probe, "the first count", (tally) => appliedState(tally) === "absent");
  assert.equal(count(absent, "spec.ingress", "defaultDenied"), 0);
  relay.apply(text);
  await probe.engine.handle("setApplied", { texts: relay.policies });
  const applied = await untilTally(
    probe,
    "xwing denied and tiefighter allowed",
    (tally) =>
      count(tally, "spec.ingress", "defaultDenied") > 1 && count(tally, "spec.ingress[0]", "allowed") > 1,
  );
  assert.equal(appliedState(applied), "same");
  const direction = applied.entries.find(({ type }) => type === "direction");
  const denied = direction?.type === "direction" ? direction.topDenied.map(({ peer }) => peer) : [];
  // tiefighter knocks at another port now and then.
  assert.deepEqual(
    denied.filter((peer) => peer !== "default/tiefighter"),
    ["default/xwing"],
  );
  // The same policies again, in another order and formatting: nothing begins anew.
  const again = relay.policies.toReversed().map((policy) => `# the same\n${policy}`);
  await probe.engine.handle("setApplied", { texts: again });
  await probe.engine.handle("setDocument", { uri, version: 2, text: `# the same\n${text}` });
  const kept = await untilTally(probe, "version 2", (tally) => tally.version === 2);
  assert.equal(appliedState(kept), "same");
  assert.ok(count(kept, "spec.ingress[0]", "allowed") >= count(applied, "spec.ingress[0]", "allowed"));
  // In the cluster the port is another one from now on: what is denied now, the buffer would allow.
  relay.apply(text.replace('port: "80"', 'port: "81"'));
  await probe.engine.handle("setApplied", { texts: relay.policies });
  const restarted = await untilTally(probe, "another policy", (tally) => appliedState(tally) === "differs");
  assert.ok(count(restarted, "spec.ingress[0]", "allowed") < count(kept, "spec.ingress[0]", "allowed"));
  await untilTally(
    probe,
    "what differs from the buffer",
    (tally) => count(tally, "spec.ingress", "differs") > 0,
  );
});

test("the flows of a rule follow its counts", async (t) => {
  const { probe, relay } = await setUp(t);
  relay.apply(text);
  await probe.engine.handle("setApplied", { texts: relay.policies });
  await untilTally(probe, "the applied policy", (tally) => count(tally, "spec.ingress", "defaultDenied") > 0);
  const rule = { uri, kind: "CiliumNetworkPolicy", policy: "default/rule1", path: "spec.ingress" };
  const view = await probe.view({ whitelist: [], blacklist: [], rule }, { documents: true });
  const rows = await probe.untilRows(view, 2);
  const flows = rows.flatMap((row) => (row.type === "flow" ? [`${row.source} ${row.verdict}`] : []));
  // tiefighter, which the rule admits, knocks at another port now and then.
  assert.deepEqual(
    [...new Set(flows)].filter((flow) => flow !== "default/tiefighter denied"),
    ["default/xwing denied"],
  );
});

test("how long nothing was seen is told with the counts, until they begin anew", async (t) => {
  const noLeaks = watchLeaks();
  const relay = new RingRelay();
  await relay.start();
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    relay.stop();
    await noLeaks();
  });
  relay.emit("node-1", { eventType: 5 });
  await probe.engine.handle("setInterest", { groups: false, documents: true, views: false });
  await probe.engine.handle("setApplied", { texts: [text] });
  await probe.engine.handle("setDocument", { uri, version: 1, text });
  await probe.connect(relay.address);
  const whole = await untilTally(probe, "a count", () => probe.snapshots.at(-1)?.flows.seen === 1);
  assert.equal(whole.notSeenMs, undefined);
  await probe.untilState("streaming");
  relay.stop();
  await probe.untilState("waiting");
  relay.restartNode("node-1");
  await relay.start();
  const cut = await untilTally(probe, "a gap", ({ notSeenMs }) => notSeenMs !== undefined);
  assert.ok((cut.notSeenMs ?? 0) > 0 && (cut.notSeenMs ?? 0) < 20_000, String(cut.notSeenMs));
  await probe.engine.handle("setDocument", { uri, version: 2, text: `# the same\n${text}` });
  const kept = await untilTally(probe, "version 2", ({ version }) => version === 2);
  assert.equal(kept.notSeenMs, cut.notSeenMs);
  await probe.engine.handle("setApplied", { texts: [] });
  const anew = await untilTally(probe, "other policies", (tally) => appliedState(tally) === "absent");
  assert.equal(anew.notSeenMs, undefined);
});
