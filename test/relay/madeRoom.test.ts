import assert from "node:assert/strict";
import test from "node:test";
import { toTimestamp } from "../../src/engine/gapCheck.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

test("another view brings back no history that was counted and has made room", async (t) => {
  const noLeaks = watchLeaks();
  const [probe, relay] = [new EngineProbe(), new RingRelay()];
  await relay.start();
  t.after(async () => {
    probe.engine.dispose();
    relay.stop();
    await noLeaks();
  });
  const bounds = { maxFlows: 4, maxBytes: 1 << 20, historyPerNode: 50, clusterName: "default" };
  await probe.engine.handle("configure", bounds);
  for (let index = 0; index < 10; index++) {
    const time = toTimestamp(Date.now() - 1000 + index);
    relay.emit("node-1", { eventType: 129, type: "L7", time });
  }
  await probe.connect(relay.address);
  const view = await probe.view();
  await probe.until("all", ({ flows }) => flows.seen === 10 && flows.held === 4);
  await until("the history is in", () => probe.settled === 1);
  await probe.engine.handle("closeView", { view });
  const l7 = await probe.view({ whitelist: [{ eventType: [{ type: 129 }] }], blacklist: [] });
  await until("the other history is in", () => probe.settled === 2);
  relay.emit("node-1", { eventType: 129, type: "L7" });
  await probe.until("one more", ({ flows }) => flows.seen === 11);
  assert.deepEqual(await probe.uuids(l7), ["flow-8", "flow-9", "flow-10", "flow-11"]);
});
