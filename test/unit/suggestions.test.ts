import assert from "node:assert/strict";
import test from "node:test";
import { CancelledError } from "../../src/engine/cancelledError.ts";
import { Suggestions } from "../../src/engine/suggestions.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { makeFlow } from "../support/makeFlow.ts";

/** Long to look through: whole flows are, one by one. */
function longStore(): FlowStore {
  const store = new FlowStore({ maxFlows: 2_000, maxBytes: 1 << 26 });
  const nodeLabels = Array.from({ length: 300 }, (_, index) => `label-${index}=some-value`);
  const flow = makeFlow({ nodeLabels });
  const raw = writeFlow(flow);
  for (let count = 0; count < 2_000; count++) store.append(flow, raw);
  return store;
}

const wish = { kind: "nodeLabel", prefix: "LABEL-29", limit: 2 } as const;

test("who asks last is answered, who asked before is told that nobody waits; others get their turn", async () => {
  const suggestions = new Suggestions(longStore());
  let turns = 0;
  const turn = setInterval(() => (turns += 1), 1);
  const [first, second] = await Promise.allSettled([suggestions.ask(wish), suggestions.ask(wish)]);
  clearInterval(turn);
  assert.ok(first.status === "rejected" && first.reason instanceof CancelledError);
  assert.ok(second.status === "fulfilled");
  assert.deepEqual(second.value, [
    { value: "label-290=some-value", count: 2_000 },
    { value: "label-291=some-value", count: 2_000 },
  ]);
  assert.ok(turns > 2, `${turns} turns`);
});

test("what was cancelled ends", async () => {
  const suggestions = new Suggestions(longStore());
  const asked = suggestions.ask(wish);
  suggestions.cancel();
  await assert.rejects(asked, CancelledError);
});
