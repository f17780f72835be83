import assert from "node:assert/strict";
import { createServer, type AddressInfo, type Socket } from "node:net";
import test, { type TestContext } from "node:test";
import { startDemoRelay } from "../../src/demo/demoRelay.ts";
import { toTimestamp } from "../../src/engine/gapCheck.ts";
import type { EngineSettings } from "../../src/protocol/engine.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

/** An engine and a relay that are ended with the test, which must leave nothing open. */
async function setUp(
  t: TestContext,
  options: { capacity?: number; nodes?: readonly string[] } = {},
): Promise<{ probe: EngineProbe; relay: RingRelay; atEnd: (end: () => void) => void }> {
  const noLeaks = watchLeaks();
  const relay = new RingRelay(options);
  await relay.start();
  const probe = new EngineProbe();
  const endings = [
    () => {
      relay.stop();
    },
  ];
  t.after(async () => {
    probe.engine.dispose();
    for (const end of endings) end();
    await noLeaks();
  });
  return { probe, relay, atEnd: (end) => endings.push(end) };
}

test("history and new flows arrive in a view, through named states", async (t) => {
  const { probe, relay } = await setUp(t);
  const sent = [relay.emit("node-1"), relay.emit("node-2")];
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 2);
  sent.push(relay.emit("node-1"));
  await probe.untilRows(view, 3);
  assert.deepEqual(await probe.uuids(view), sent);
  const { relay: status, nodes, flows, source } = await probe.untilState("streaming");
  assert.deepEqual(probe.states, ["connecting", "streaming"]);
  assert.deepEqual([status?.version, nodes.map(({ name }) => name)], ["scripted", ["node-1", "node-2"]]);
  assert.deepEqual([flows.held, flows.seen, source.kind], [3, 3, "live"]);
  await probe.engine.handle("disconnect", null);
  await until("the stream ended", () => relay.followers === 0);
  const idle = await probe.untilState("idle");
  assert.equal(idle.flows.held, 3);
});

test("the rate is that of what happens now, not of history, nor of what comes late after an outage", async (t) => {
  const { probe, relay } = await setUp(t);
  const time = toTimestamp(Date.now() - 1_000);
  for (let index = 0; index < 300; index++) relay.emit("node-1", { time });
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 300);
  await untilSettled(probe);
  relay.stop();
  await probe.untilState("waiting");
  for (let index = 0; index < 300; index++) relay.emit("node-1");
  await relay.start();
  await probe.untilRows(view, 600);
  await untilSettled(probe);
  const rates = probe.snapshots.map(({ flows }) => flows.perSecond);
  assert.deepEqual(new Set(rates), new Set([0]));
  for (let index = 0; index < 20; index++) relay.emit("node-2");
  const { flows } = await probe.until("a rate", (snapshot) => snapshot.flows.seen === 620);
  assert.ok(flows.perSecond > 0 && flows.perSecond <= 20, String(flows.perSecond));
});

test("a relay that dies and comes back: waiting, then no duplicate and no gap", async (t) => {
  const { probe, relay } = await setUp(t);
  const sent = [relay.emit("node-1"), relay.emit("node-2")];
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 2);
  await probe.untilState("streaming");
  await untilSettled(probe);
  relay.stop();
  const { state } = await probe.untilState("waiting");
  assert.ok(state.name === "waiting");
  assert.match(state.failure.kind, /^relay-(closed|unreachable)$/);
  assert.ok(state.failure.message.includes(relay.address), state.failure.message);
  sent.push(relay.emit("node-1"), relay.emit("node-2"));
  await relay.start();
  await probe.untilRows(view, 4);
  sent.push(relay.emit("node-2"));
  await probe.untilRows(view, 5);
  await probe.untilState("streaming");
  await until("the check for gaps", () => relay.asked.some(({ first }) => first));
  await untilSettled(probe);
  assert.deepEqual(await probe.uuids(view), sent);
  const resumed = relay.asked.filter(({ follow }) => follow).at(-1);
  assert.ok(resumed?.since, "the stream resumes with since");
});

test("what the nodes forgot in an outage is a gap, in its place", async (t) => {
  const { probe, relay } = await setUp(t, { capacity: 5 });
  const before = [relay.emit("node-1"), relay.emit("node-2")];
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 2);
  await probe.untilState("streaming");
  await untilSettled(probe);
  relay.stop();
  await probe.untilState("waiting");
  const missed = Array.from({ length: 8 }, () => relay.emit("node-1"));
  await relay.start();
  const rows = await probe.untilRows(view, 2 + 5 + 1);
  const gap = rows.find((row) => row.type === "notice");
  assert.match(
    gap?.type === "notice" ? gap.text : "",
    /not seen: the (connection to the relay was lost|relay was unreachable) \(node-1\)$/,
  );
  assert.deepEqual(
    (await probe.uuids(view)).filter((name) => !name.startsWith("[")),
    [...before, ...missed.slice(3)],
  );
  const gapAt = rows.findIndex((row) => row.type === "notice");
  assert.ok(gapAt >= 1 && gapAt <= 2, `the gap is row ${gapAt}`);
});

const cutHistories = [
  { name: "all of it is had back", capacity: 100, gap: false },
  { name: "what the nodes forgot is a gap", capacity: 10, gap: true },
];
for (const { name, capacity, gap } of cutHistories) {
  test(`cut in the first history: ${name}`, async (t) => {
    const { probe, relay } = await setUp(t, { capacity });
    const sent: string[] = [];
    // node-2 has its turn only after the cut.
    const time = toTimestamp(Date.now() - 60_000);
    for (const node of ["node-1", "node-2"]) {
      for (let index = 0; index < 8; index++) sent.push(relay.emit(node, { time }));
    }
    relay.stallsAfter = 3;
    await probe.engine.handle("configure", settingsWithHistory(5));
    await probe.connect(relay.address);
    const view = await probe.view();
    await probe.untilRows(view, 3);
    relay.stop();
    await probe.untilState("waiting");
    assert.equal(probe.settled, 0);
    const nodes = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? "node-1" : "node-2"));
    sent.push(...nodes.map((node) => relay.emit(node)));
    relay.stallsAfter = Infinity;
    await relay.start();
    await probe.untilState("streaming");
    await untilSettled(probe);
    const rows = await probe.uuids(view);
    const uuids = rows.filter((row) => !row.startsWith("["));
    assert.deepEqual(uuids.toSorted(), [...new Set(uuids)].toSorted(), "a duplicate");
    const lost = sent.slice(sent.indexOf(uuids[0] ?? "")).filter((uuid) => !uuids.includes(uuid));
    assert.equal(lost.length > 0, gap, `${lost.length} are lost`);
    assert.equal(rows.length - uuids.length, gap ? 1 : 0, rows.join());
  });
}

test("a view that is looked at again: what the nodes forgot meanwhile is a gap, lenses or not", async (t) => {
  const { probe, relay } = await setUp(t, { capacity: 10 });
  const time = toTimestamp(Date.now() - 60_000);
  relay.emit("node-1", { time });
  relay.emit("node-2", { time });
  await probe.connect(relay.address);
  const view = await probe.view(undefined, { documents: true });
  await probe.untilRows(view, 2);
  await untilSettled(probe);
  const look = async (views: boolean) => {
    const filters = views ? 0 : 1;
    await probe.engine.handle("setInterest", { groups: false, documents: true, views });
    await until("the other stream alone", () => {
      const last = relay.asked.findLast(({ follow }) => follow);
      return relay.followers === 1 && last?.whitelist.length === filters;
    });
    await untilSettled(probe);
  };
  await look(false);
  relay.emit("node-1");
  relay.emit("node-2");
  await look(true);
  assert.deepEqual(await probe.uuids(view), ["flow-1", "flow-2", "flow-3", "flow-4"]);
  await look(false);
  for (let index = 0; index < 15; index++) relay.emit("node-1");
  await look(true);
  const texts = (await probe.uuids(view)).filter((row) => row.startsWith("["));
  assert.equal(texts.length, 1, texts.join());
  assert.match(texts[0] ?? "", /not seen: nobody was looking \(node-1\)/);
});

test("a node whose agent restarted in the outage is a gap even while it is silent", async (t) => {
  const { probe, relay } = await setUp(t);
  relay.emit("node-1");
  relay.emit("node-2");
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 2);
  await probe.untilState("streaming");
  relay.stop();
  await probe.untilState("waiting");
  relay.restartNode("node-2");
  await relay.start();
  const rows = await probe.untilRows(view, 3);
  const texts = rows.flatMap((row) => (row.type === "notice" ? [row.text] : []));
  assert.equal(texts.length, 1);
  assert.match(texts[0] ?? "", /\(node-2\)$/);
});

test("a filtered view that is silent in an outage is not blamed for a gap", async (t) => {
  const { probe, relay } = await setUp(t, { capacity: 50 });
  relay.emit("node-1", { verdict: "DROPPED" });
  await probe.connect(relay.address);
  const view = await probe.view({ whitelist: [{ verdict: ["DROPPED"] }], blacklist: [] });
  await probe.untilRows(view, 1);
  await probe.untilState("streaming");
  await untilSettled(probe);
  // The ring forgets the drop, which the view's stream saw; all the rest passes it by.
  for (let index = 0; index < 60; index++)
    relay.emit("node-1", { time: { seconds: Date.now() / 1000 - 30, nanos: 0 } });
  relay.stop();
  await probe.untilState("waiting");
  await relay.start();
  await probe.untilState("streaming");
  const again = relay.emit("node-1", { verdict: "DROPPED" });
  await probe.untilRows(view, 2);
  await untilSettled(probe);
  assert.deepEqual(await probe.uuids(view), ["flow-1", again]);
});

test("a relay that ends the stream in order is come back to", async (t) => {
  const { probe, relay } = await setUp(t);
  relay.emit("node-1");
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 1);
  relay.endStreams();
  const { state } = await probe.untilState("waiting");
  assert.equal(state.name === "waiting" && state.failure.kind, "relay-closed");
  relay.emit("node-1");
  await probe.untilRows(view, 2);
  await probe.untilState("streaming");
});

test("a relay that falls silent is given up, and come back to when it speaks again", async (t) => {
  const { probe, relay } = await setUp(t);
  relay.emit("node-1");
  await probe.connect(relay.address);
  await probe.untilRows(await probe.view(), 1);
  await probe.untilState("streaming");
  relay.silent = true;
  const { state } = await probe.untilState("waiting");
  assert.match(state.name === "waiting" ? state.failure.kind : "", /^relay-(closed|unreachable)$/);
  relay.silent = false;
  await probe.untilState("streaming");
});

test("nobody listens: waiting with growing attempts; retry now; a relay that starts is found", async (t) => {
  const { probe, relay } = await setUp(t);
  relay.stop();
  await probe.connect(relay.address);
  await probe.view();
  const { state } = await probe.until(
    "the second attempt",
    (snapshot) => snapshot.state.name === "waiting" && snapshot.state.attempt === 2,
  );
  assert.ok(state.name === "waiting");
  assert.equal(state.failure.kind, "relay-unreachable");
  await relay.start();
  assert.deepEqual(await probe.engine.handle("retryNow", null), { tried: true });
  await probe.untilState("streaming");
});

const badAddresses = ["foo", "host:99999", "", "host:", ":80", "http://x:1/y", "a b:1", "host:0", "[::1"];
for (const address of badAddresses) {
  test(`the address ${JSON.stringify(address)} is refused with what is accepted`, async (t) => {
    const { probe } = await setUp(t);
    await probe.connect(address);
    const { state } = await probe.untilState("failed");
    assert.ok(state.name === "failed");
    assert.equal(state.failure.kind, "bad-address");
    assert.match(state.failure.message, /host:port/);
  });
}

test("a server that is no relay fails at once, and says so", async (t) => {
  const { probe, atEnd } = await setUp(t);
  const { address, stop } = await plainServer((socket) => {
    socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  });
  atEnd(stop);
  await probe.connect(address);
  await probe.view();
  const { state } = await probe.untilState("failed");
  assert.ok(state.name === "failed");
  assert.equal(state.failure.kind, "not-a-relay");
  assert.ok(state.failure.message.includes(address));
});

test("a server that never answers is unreachable after a while", async (t) => {
  const { probe, atEnd } = await setUp(t);
  const { address, stop } = await plainServer(() => undefined);
  atEnd(stop);
  await probe.connect(address);
  await probe.view();
  const { state } = await probe.untilState("waiting");
  assert.equal(state.name === "waiting" && state.failure.kind, "relay-unreachable");
});

test("disconnecting while connecting ends everything", async (t) => {
  const { probe, atEnd } = await setUp(t);
  const { address, stop, sockets } = await plainServer(() => undefined);
  atEnd(stop);
  await probe.connect(address);
  await probe.view();
  await until("a connection", () => sockets.size > 0);
  await probe.engine.handle("disconnect", null);
  await probe.untilState("idle");
  await until(
    "no connection",
    () => sockets.size === 0,
    10_000,
    () => `${sockets.size} are open`,
  );
});

test("nobody looks: the streams stop, and resume where they were", async (t) => {
  const { probe, relay } = await setUp(t);
  const sent = [relay.emit("node-1")];
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 1);
  await untilSettled(probe);
  await probe.engine.handle("setInterest", { groups: false, documents: false, views: false });
  await probe.untilState("paused");
  await until("the stream ended", () => relay.followers === 0);
  sent.push(relay.emit("node-1"));
  await probe.engine.handle("setInterest", { groups: false, documents: false, views: true });
  await probe.untilState("streaming");
  await probe.untilRows(view, 2);
  await untilSettled(probe);
  assert.deepEqual(await probe.uuids(view), sent);
});

test("the watch streams decisive events for lenses; a filtered view does not starve it", async (t) => {
  const { probe, relay } = await setUp(t);
  await probe.engine.handle("setInterest", { groups: false, documents: true, views: false });
  await probe.connect(relay.address);
  await probe.untilState("streaming");
  relay.emit("node-1", { eventType: 4 });
  relay.emit("node-1", { eventType: 5 });
  relay.emit("node-1", { eventType: 1, verdict: "DROPPED" });
  relay.emit("node-1", { eventType: 129, type: "L7" });
  await probe.until("three flows", ({ flows }) => flows.seen === 3);
  const view = await probe.view({ whitelist: [{ verdict: ["AUDIT"] }], blacklist: [] }, { documents: true });
  await until("two streams", () => relay.followers === 2);
  relay.emit("node-1", { eventType: 5, verdict: "AUDIT" });
  relay.emit("node-1", { eventType: 4, verdict: "AUDIT" });
  relay.emit("node-1", { eventType: 5 });
  await probe.untilRows(view, 2);
  await probe.until("six flows", ({ flows }) => flows.seen === 6);
  await probe.engine.handle("closeView", { view });
  await until("one stream", () => relay.followers === 1);
  await probe.view();
  await until("one stream of everything", () => {
    const last = relay.asked.at(-1);
    return relay.followers === 1 && last?.whitelist.length === 0;
  });
});

test("history that comes late is put in the order of time", async (t) => {
  const { probe, relay } = await setUp(t);
  const at = (seconds: number) => ({
    time: { seconds: Math.floor(Date.now() / 1000) - 60 + seconds, nanos: 0 },
  });
  const sent = [
    relay.emit("node-1", at(0)),
    relay.emit("node-1", { eventType: 5, ...at(5) }),
    relay.emit("node-2", at(10)),
    relay.emit("node-2", { eventType: 5, ...at(15) }),
  ];
  await probe.engine.handle("setInterest", { groups: true, documents: false, views: false });
  await probe.connect(relay.address);
  await probe.until("the watch", ({ flows }) => flows.seen === 2);
  const view = await probe.view();
  await until("the order of time", async () => (await probe.uuids(view)).join() === sent.join());
  await probe.until("rows that moved have new numbers", ({ views }) => (views[0]?.first ?? 0) > 0);
});

test("undecodable messages are counted, what is lost is summed up, neither is told twice", async (t) => {
  const { probe, relay } = await setUp(t);
  await probe.connect(relay.address);
  const view = await probe.view({ whitelist: [{ verdict: ["DROPPED"] }], blacklist: [] }, { groups: true });
  await until("two streams", () => relay.followers === 2);
  relay.write(Uint8Array.of(255, 255, 255));
  const time = { seconds: 1_700_000_000, nanos: 5 };
  const lost = { kind: "lost-events", source: "HUBBLE_RING_BUFFER", nodeName: "node-1" } as const;
  relay.notify({ ...lost, time, count: 40 });
  relay.notify({ ...lost, time: { ...time, nanos: 6 }, count: 2 });
  const status = { kind: "node-status", time, nodeName: "relay", message: "" } as const;
  relay.notify({ ...status, state: "NODE_CONNECTED", nodeNames: ["node-1", "node-2"] });
  relay.notify({ ...status, state: "NODE_UNAVAILABLE", nodeNames: ["node-2"] });
  const rows = await probe.untilRows(view, 3);
  const { flows, lost: figures } = await probe.until(
    "both copies",
    (snapshot) => snapshot.flows.undecodable === 2,
  );
  assert.deepEqual(figures, [{ source: "HUBBLE_RING_BUFFER", node: "node-1", count: 42 }]);
  assert.equal(flows.held, 0);
  assert.deepEqual(
    rows.map((row) => (row.type === "notice" ? row.text : "")),
    [
      "40 events lost on node-1: HUBBLE_RING_BUFFER",
      "2 events lost on node-1: HUBBLE_RING_BUFFER",
      "node-2: not reached by the relay",
    ],
  );
});

test("connecting elsewhere begins with nothing held", async (t) => {
  const { probe, relay, atEnd } = await setUp(t);
  relay.emit("node-1");
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.untilRows(view, 1);
  const other = new RingRelay();
  await other.start();
  atEnd(() => {
    other.stop();
  });
  other.emit("elsewhere");
  other.emit("elsewhere");
  await probe.connect(other.address);
  await probe.until("the other flows", ({ flows }) => flows.seen === 2 && flows.held === 2);
  assert.equal((await probe.rows(view)).length, 2);
  await until("the first relay is left", () => relay.followers === 0);
});

test("the demo relay streams, dies, and streams again after a restart", async () => {
  const noLeaks = watchLeaks();
  const probe = new EngineProbe();
  const first = await startDemoRelay({ port: 0, seed: 1, flowsPerSecond: 200, policies: [] });
  const port = Number(first.address.split(":")[1]);
  await probe.connect(first.address);
  const view = await probe.view();
  await probe.untilRows(view, 500);
  await first.stop();
  await probe.untilState("waiting");
  const held = new Set(await probe.uuids(view));
  const second = await startDemoRelay({ port, seed: 2, flowsPerSecond: 200, policies: [] });
  await probe.untilState("streaming");
  await probe.until("more flows", ({ flows }) => flows.seen > held.size + 100);
  await probe.engine.handle("disconnect", null);
  await second.stop();
  probe.engine.dispose();
  await noLeaks();
});

function settingsWithHistory(historyPerNode: number): EngineSettings {
  return { maxFlows: 1_000, maxBytes: 1 << 26, historyPerNode, clusterName: "default" };
}

/** Waits until the session has found its history complete once more: after that nothing is appended by itself. */
async function untilSettled(probe: EngineProbe): Promise<void> {
  const before = waitedFor.get(probe) ?? 0;
  await until("the history is in", () => probe.settled > before);
  waitedFor.set(probe, probe.settled);
}

const waitedFor = new WeakMap<EngineProbe, number>();

async function plainServer(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket);
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
