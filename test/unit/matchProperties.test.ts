import assert from "node:assert/strict";
import { test } from "node:test";
import { FilterError } from "../../src/demo/filterError.ts";
import { type FlowPredicate, relayFilter } from "../../src/demo/relayFilter.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { Flow } from "../../src/flows/flow.ts";
import type { FlowFilter } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import { compileSelection } from "../../src/flows/match/compileSelection.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { filterToRelay } from "../../src/hubble/filterToRelay.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { filterFromRelay } from "../support/filterFromRelay.ts";
import { everyValue, randomFilter, randomFlow } from "../support/randomMatching.ts";

const seed = 20260807;
const random = new SeededRandom(seed);
const flows: readonly Flow[] = Array.from({ length: 300 }, (_, index) => randomFlow(random, `flow-${index}`));
const store = new FlowStore({ maxFlows: 1000, maxBytes: 1 << 24 });
for (const flow of flows) store.append(flow, writeFlow(flow));
const flowAt = (row: number): Flow | undefined => {
  const raw = store.rawAt(row);
  const read = raw && readResponse(raw);
  return read?.kind === "flow" ? read.flow : undefined;
};

interface Lists {
  readonly whitelist: readonly FlowFilter[];
  readonly blacklist: readonly FlowFilter[];
}

/** What a relay would answer, by an implementation of its own; `undefined`: it refuses. */
function byRelay({ whitelist, blacklist }: Lists): FlowPredicate | undefined {
  try {
    return relayFilter(whitelist.map(filterToRelay), blacklist.map(filterToRelay), { compileCel });
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

/** How many flows were judged alike by the relay, one by one, and as held rows. */
function agreements(lists: Lists): number {
  const relay = byRelay(lists);
  const single = compileFlowTest(lists, { compileCel });
  const what = JSON.stringify(lists);
  assert.equal(
    "error" in single,
    relay === undefined,
    `${what}: ${"error" in single ? single.error : "taken"}`,
  );
  if (!relay || "error" in single) return 0;
  const row = compileSelection(lists, store, { flowAt, compileCel });
  for (const [index, flow] of flows.entries()) {
    const expected = relay(flow);
    if (single.holds(flow) === expected && row(index) === expected) continue;
    assert.fail(
      `${what}\nrelay ${expected}, single ${single.holds(flow)}, row ${row(index)}\n${JSON.stringify(flow)}`,
    );
  }
  return flows.length;
}

test("flows survive the wire, and filters do", () => {
  for (const [row, flow] of flows.entries()) assert.deepEqual(flowAt(row), flow);
  for (const filter of everyValue()) assert.deepEqual(filterFromRelay(filterToRelay(filter)), filter);
});

test("every value of every field means the same to a relay and here", () => {
  const filters = everyValue();
  const judged = filters.reduce((sum, filter) => sum + agreements({ whitelist: [filter], blacklist: [] }), 0);
  assert.ok(judged > 30_000, `${judged}`);
});

test("random filters mean the same to a relay and here", () => {
  let judged = 0;
  let taken = 0;
  for (let round = 0; round < 400; round++) {
    const list = (atMost: number) =>
      Array.from({ length: random.integer(0, atMost) }, () => randomFilter(random));
    const count = agreements({ whitelist: list(2), blacklist: list(1) });
    judged += count;
    if (count > 0) taken += 1;
  }
  assert.ok(judged >= 10_000, `${judged} judged`);
  assert.ok(taken > 100 && taken < 400, `${taken} filters were taken, so some of either kind`);
});

test("hostile patterns cost nothing", () => {
  const url = `http://h/${"a".repeat(20_000)}!`;
  const record = { protocol: "http", code: 0, method: "GET", url, version: "HTTP/1.1", headers: [] } as const;
  const flow: Flow = {
    ...(flows[0] as Flow),
    l7: { type: "REQUEST", latencyNs: 0, record },
    sourceNames: ["a".repeat(20_000)],
    nodeName: "a-".repeat(10_000),
  };
  const began = performance.now();
  for (const filter of [
    { httpUrl: ["(a+)+$", "(a|aa)+$", "(.*a){20}!$", "^(([a-z])+.)+[A-Z]([a-z])+$"] },
    { httpPath: ["(a*)*b", "((a?){30}a{30})$"] },
    { sourceFqdn: ["*a*a*a*a*a*a*a*a*a*b"] },
    { nodeName: ["*a*-*a*-*a*-*a*-*b/x"] },
  ] satisfies readonly FlowFilter[]) {
    const compiled = compileFlowTest({ whitelist: [filter], blacklist: [] });
    assert.ok("holds" in compiled);
    compiled.holds(flow);
  }
  const tookMs = performance.now() - began;
  assert.ok(tookMs < 3000, `${tookMs} ms`);
});
