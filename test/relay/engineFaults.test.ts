import assert from "node:assert/strict";
import test from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { toTimestamp } from "../../src/engine/gapCheck.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import { unpackWindow } from "../../src/protocol/rowPack.ts";
import { EngineProbe } from "../support/engineProbe.ts";
import { watchLeaks } from "../support/leakCheck.ts";
import { RingRelay } from "../support/ringRelay.ts";
import { until } from "../support/until.ts";

const faults = 12;
/** Nodes' clocks differ by so much at most. */
const skewMs = 1_000;

test("after each of many faults every flow that the nodes hold has arrived once, and no gap is invented", async () => {
  const noLeaks = watchLeaks();
  const random = new SeededRandom(11);
  const nodes = ["node-1", "node-2", "node-3"];
  const skew = new Map(nodes.map((node) => [node, Math.round((random.fraction() * 2 - 1) * skewMs)]));
  const relay = new RingRelay({ capacity: 100_000, nodes });
  await relay.start();
  const probe = new EngineProbe();
  const sent: string[] = [];
  const emitting = setInterval(() => {
    for (const node of nodes) {
      if (random.fraction() < 0.5) continue;
      const time = toTimestamp(Date.now() + (skew.get(node) ?? 0));
      sent.push(relay.emit(node, { time, eventType: random.fraction() < 0.5 ? 5 : 4 }));
    }
  }, 4);
  const view = await probe.view(allFlows, { documents: true });
  await probe.connect(relay.address);
  await probe.untilState("streaming");
  for (let fault = 0; fault < faults; fault++) {
    const kind = Math.floor(random.fraction() * 4);
    if (kind === 0) relay.endStreams();
    else if (kind === 3) {
      await probe.engine.handle("setInterest", { groups: false, documents: false, views: false });
      await probe.untilState("paused");
      await probe.engine.handle("setInterest", { groups: false, documents: true, views: true });
    } else {
      relay.stop();
      if (kind === 2)
        await probe.until("some attempts", ({ state }) => state.name === "waiting" && state.attempt >= 2);
      else await probe.untilState("waiting");
      await relay.start();
    }
    const mark = sent.length;
    await probe.untilState("streaming");
    const last = sent[mark];
    await until(`flow ${mark} after fault ${fault} of kind ${kind}`, async () => {
      return last === undefined || (await probe.until("a snapshot", () => true)).flows.seen >= mark;
    });
  }
  clearInterval(emitting);
  await probe.until("the last flow", ({ flows }) => flows.seen >= sent.length);
  const arrived: string[] = [];
  const notices: string[] = [];
  await until(
    "every row",
    async () => {
      arrived.length = notices.length = 0;
      const [figures] = (await probe.until("figures", () => true)).views;
      for (let from = figures?.first ?? 0; from < (figures?.end ?? 0); from += 1_000) {
        const { rows } = unpackWindow(await probe.engine.handle("rows", { view, from, count: 1_000 }));
        for (const row of rows) {
          if (row.type === "notice") notices.push(row.text);
          else
            arrived.push(
              (await probe.engine.handle("details", { row: row.row }))?.fields.at(-1)?.value ?? "-",
            );
        }
      }
      return arrived.length === sent.length;
    },
    10_000,
    () => `${arrived.length} of ${sent.length} arrived`,
  );
  assert.deepEqual(arrived.toSorted(), sent.toSorted());
  assert.deepEqual(notices, []);
  probe.engine.dispose();
  relay.stop();
  await noLeaks();
});
