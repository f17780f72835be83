import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { toTimestamp } from "../../src/engine/gapCheck.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { makeEndpoint } from "../support/makeFlow.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

async function setUp(t: TestContext): Promise<{ probe: EngineProbe; relay: RingRelay }> {
  const noLeaks = watchLeaks();
  const relay = new RingRelay();
  await relay.start();
  const probe = new EngineProbe();
  t.after(async () => {
    probe.engine.dispose();
    relay.stop();
    await noLeaks();
  });
  return { probe, relay };
}

/** Opens a view by a filter line, beside the watch. */
async function open(probe: EngineProbe, filter: string): Promise<number> {
  const { view, problems } = await probe.engine.handle("openView", { filter });
  assert.deepEqual(problems, []);
  await probe.engine.handle("setInterest", { groups: true, documents: false, views: true });
  return view;
}

const ago = (seconds: number) => ({ time: toTimestamp(Date.now() - seconds * 1000) });
const drop = { eventType: 1, verdict: "DROPPED", dropReasonDesc: "POLICY_DENIED" } as const;

test("a view of what is over is asked for once, and starves neither the watch nor the session", async (t) => {
  const { probe, relay } = await setUp(t);
  relay.emit("node-1", ago(3_000));
  const within = [relay.emit("node-1", ago(1_500)), relay.emit("node-2", ago(1_000))];
  relay.emit("node-2", ago(100));
  await probe.connect(relay.address);
  const view = await open(probe, "--since 40m --until 10m");
  await probe.untilRows(view, 2);
  await probe.untilState("streaming");
  assert.deepEqual(await probe.uuids(view), within);
  const { seen } = (await probe.until("settled", () => probe.settled > 0)).flows;
  relay.emit("node-1", drop);
  await probe.until("the watch goes on", ({ flows }) => flows.seen > seen);
  assert.deepEqual(await probe.uuids(view), within);
  assert.deepEqual(probe.states, ["connecting", "streaming"]);
  const asked = () => relay.asked.filter((request) => request.until !== undefined);
  assert.deepEqual(
    asked().map(({ follow, since }) => [follow, since !== undefined]),
    [[false, true]],
  );
  relay.stop();
  await probe.untilState("waiting");
  await relay.start();
  await until("the watch is followed again", () => relay.followers === 1);
  assert.equal(asked().length, 1);
});

test("a relay that refuses a filter is asked without it; the view leaves out the rest", async (t) => {
  const { probe, relay } = await setUp(t);
  relay.refuses = ({ whitelist }) => whitelist.some(({ protocol }) => protocol.length > 0);
  const l4 = { protocol: "UDP", sourcePort: 5, destinationPort: 53 } as const;
  relay.emit("node-1");
  const udp = relay.emit("node-1", { l4 });
  await probe.connect(relay.address);
  const view = await open(probe, "--protocol udp");
  await probe.untilRows(view, 1);
  relay.emit("node-2");
  const later = relay.emit("node-2", { l4 });
  await probe.untilRows(view, 2);
  assert.deepEqual(await probe.uuids(view), [udp, later]);
  assert.deepEqual(probe.states, ["connecting", "streaming"]);
});

test("expressions and local questions choose the rows of a view", async (t) => {
  const { probe, relay } = await setUp(t);
  const source = makeEndpoint("default/xwing");
  const sent = [
    relay.emit("node-1", { source, ...drop }),
    relay.emit("node-1", { source }),
    relay.emit("node-2", drop),
  ];
  await probe.connect(relay.address);
  const byExpression = await open(probe, "--cel-expression '_flow.source.pod_name == \"xwing\"'");
  const byDecision = await open(probe, "--decision denied");
  const both = await open(probe, "--pod xwing --not --cel-expression '_flow.verdict == Verdict.FORWARDED'");
  await probe.untilRows(byExpression, 2);
  await probe.untilRows(byDecision, 2);
  await probe.untilRows(both, 1);
  assert.deepEqual(await probe.uuids(byExpression), sent.slice(0, 2));
  assert.deepEqual(await probe.uuids(byDecision), [sent[0], sent[2]]);
  assert.deepEqual(await probe.uuids(both), [sent[0]]);
});

test("a line with an error opens nothing and says where it is; values that were seen are suggested", async (t) => {
  const { probe, relay } = await setUp(t);
  const { view, problems } = await probe.engine.handle("openView", {
    filter: "--cel-expression _flow.nosuch",
  });
  assert.equal(view, 0);
  assert.match(problems[0]?.message ?? "", /no field "nosuch"/);
  relay.emit("node-1", { source: makeEndpoint("shop/cart-1") });
  relay.emit("node-1", { source: makeEndpoint("shop/cart-1"), destination: makeEndpoint("default/web-2") });
  await probe.connect(relay.address);
  await probe.untilRows(await open(probe, ""), 2);
  const { values } = await probe.engine.handle("suggestions", { kind: "pod", prefix: "", limit: 5 });
  assert.deepEqual(values, [
    { value: "shop/cart-1", count: 2 },
    { value: "default/web-2", count: 1 },
  ]);
});
