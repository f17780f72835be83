import assert from "node:assert/strict";
import test from "node:test";
import { silentLogger } from "../../src/base/logger.ts";
import { FlowIntake } from "../../src/engine/flowIntake.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { makeFlow, testEpochMs, testTime } from "../support/makeFlow.ts";

/** An intake over a store of three flows; flows are told by node and second, such as `a5`. */
function setUp() {
  const store: FlowStore = new FlowStore({
    maxFlows: 3,
    maxBytes: 1 << 20,
    onDrop: (row) => {
      intake.dropped(row);
    },
  });
  const intake = new FlowIntake(store, silentLogger, () => undefined);
  const repeated: string[] = [];
  /** Takes flows of a stream that was opened at a second; `Infinity`: of a capture. */
  const take = (openedAt: number, ...names: string[]) => {
    for (const name of names) {
      const flow = makeFlow({
        uuid: name,
        nodeName: name.slice(0, 1),
        time: testTime(Number(name.slice(1)) * 1000),
      });
      intake.accept(writeFlow(flow), testEpochMs + openedAt * 1000, (_node, _timeMs, again) => {
        if (again) repeated.push(name);
      });
    }
  };
  const held = () =>
    Array.from({ length: store.end - store.first }, (_, index) => store.uuidAt(store.first + index)).join(
      " ",
    );
  return { store, intake, take, held, repeated };
}

test("history that was held and has made room does not come in again", () => {
  const { intake, take, held, repeated } = setUp();
  take(0, "a1", "a2", "a3", "b3", "a4", "b4");
  assert.deepEqual([held(), intake.seen], ["b3 a4 b4", 6]);
  // Another stream, opened at second 5, begins with the same.
  take(5, "a1", "a2", "a3", "b3", "a4", "b4");
  assert.deepEqual([held(), intake.seen], ["b3 a4 b4", 6]);
  assert.deepEqual(repeated, ["a1", "a2", "a3", "b3", "a4", "b4"]);
  // Of the other node nothing was dropped: what is old may be news.
  take(5, "b1", "a5");
  assert.deepEqual([held(), intake.seen], ["b4 b1 a5", 8]);
});

test("what happens now comes in, though a clock went back; so does all of a capture", () => {
  const { intake, take, held } = setUp();
  take(0, "a11", "a12", "a13", "a14");
  take(1, "a5");
  assert.deepEqual([held(), intake.seen], ["a13 a14 a5", 5]);
  take(Infinity, "a1", "a2", "a3", "a4");
  assert.deepEqual([held(), intake.seen], ["a2 a3 a4", 9]);
});

test("flows from elsewhere are not measured by those before", () => {
  const { store, intake, take, held } = setUp();
  take(0, "a11", "a12", "a13", "a14");
  store.clear();
  intake.reset();
  take(20, "a1", "a2");
  assert.deepEqual([held(), intake.seen], ["a1 a2", 2]);
});

test("drops of the history that a connection begins with are not live; those of an outage are", () => {
  const { intake } = setUp();
  const deny = (second: number, openedAt: number) => {
    const flow = makeFlow({ uuid: `d${second}`, verdict: "DROPPED", time: testTime(second * 1000) });
    intake.accept(writeFlow(flow), testEpochMs + openedAt * 1000);
    return intake.deniedLive;
  };
  assert.deepEqual([deny(1, 10), deny(9, 10), deny(10, 10), deny(12, 10)], [0, 0, 1, 2]);
  // Connected again at second 30: it happened meanwhile.
  assert.equal(deny(20, 30), 3);
  intake.reset();
  assert.equal(deny(31, 40), 0);
  assert.equal(deny(32, Infinity), 0);
});
