import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { SlicedWork } from "../../src/engine/slicedWork.ts";

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Work whose every slice is one step, and what became of it. */
function setUp(t: TestContext) {
  const log: string[] = [];
  let slices = 0;
  const work = new SlicedWork<string>({ sliceMs: 0, onSlice: () => (slices += 1) });
  t.after(() => {
    work.dispose();
  });
  const start = (key: string, steps: number, size = 1, name = key) => {
    function* run(): Generator<void, string> {
      for (let step = 1; step <= steps; step++) {
        log.push(`${name}${step}`);
        yield;
      }
      return name;
    }
    work.start(key, { steps: run(), size, done: (result) => log.push(`${result}!`) });
  };
  const untilIdle = async () => {
    for (let turn = 0; work.isBusyUpTo(Infinity); turn++) {
      assert.ok(turn < 100, "it does not end");
      await nextTurn();
    }
    return log.join(" ");
  };
  return { work, start, untilIdle, log, slices: () => slices };
}

test("a job gets on one slice per turn, and nothing of it is done at once", async (t) => {
  const { start, untilIdle, log, slices } = setUp(t);
  start("a", 3);
  assert.deepEqual(log, []);
  assert.equal(await untilIdle(), "a1 a2 a3 a!");
  assert.equal(slices(), 4);
});

test("the smallest job goes first, also before one that is under way; of equals the one that came first", async (t) => {
  const { start, untilIdle } = setUp(t);
  start("large", 3, 100);
  await nextTurn();
  start("b", 1);
  start("c", 1);
  assert.equal(await untilIdle(), "large1 b1 b! c1 c! large2 large3 large!");
});

test("a job by the same key takes the place of the one under way, whose end nobody hears of", async (t) => {
  const { work, start, untilIdle } = setUp(t);
  start("a", 5, 1, "old");
  await nextTurn();
  start("a", 1, 1, "new");
  start("b", 1);
  work.abandon("b");
  assert.equal(await untilIdle(), "old1 new1 new!");
});

test("busy up to a size: larger jobs do not count", async (t) => {
  const { work, start, untilIdle } = setUp(t);
  start("large", 1, 100);
  assert.deepEqual(
    [99, 100].map((size) => work.isBusyUpTo(size)),
    [false, true],
  );
  await untilIdle();
});

test("what is disposed does nothing more", async (t) => {
  const { work, start, log } = setUp(t);
  start("a", 1);
  work.dispose();
  start("b", 1);
  await nextTurn();
  await nextTurn();
  assert.deepEqual(log, []);
});
