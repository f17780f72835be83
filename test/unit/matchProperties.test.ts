import assert from "node:assert/strict";
import { test } from "node:test";
import { FilterError } from "../../src/demo/filterError.ts";
import { type FlowPredicate, relayFilter } from "../../src/demo/relayFilter.ts";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { Flow, Notice } from "../../src/flows/flow.ts";
import type { FlowFilter, FlowSelection } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import { compileScan, type RowScan } from "../../src/flows/match/compileScan.ts";
import { compileSelection } from "../../src/flows/match/compileSelection.ts";
import { compileCel } from "../../src/hubble/celFilter.ts";
import { filterToRelay } from "../../src/hubble/filterToRelay.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { writeFlow } from "../../src/hubble/writeResponse.ts";
import { filterFromRelay } from "../support/filterFromRelay.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";
import { everyValue, randomFilter, randomFlow } from "../support/randomMatching.ts";

const seed = 20260807;
const random = new SeededRandom(seed);
const flows: readonly Flow[] = Array.from({ length: 300 }, (_, index) => randomFlow(random, `flow-${index}`));
const store = new FlowStore({ maxFlows: 1000, maxBytes: 1 << 24 });
for (const flow of flows) store.append(flow, writeFlow(flow));
const flowIn = (from: FlowStore) => (row: number) => {
  const raw = from.rawAt(row);
  const read = raw && readResponse(raw);
  return read?.kind === "flow" ? read.flow : undefined;
};
const flowAt = flowIn(store);

const gap = { kind: "gap", time: testTime(500), until: testTime(501), cause: "test" } as const;
const lost = { kind: "lost-events", time: testTime(700), nodeName: "n", source: "s", count: 1 } as const;
const wornHolds = 250;
/** A full store whose slots have begun again and whose numbers were given anew, with the newest flows and notices among them. */
const worn = new FlowStore({ maxFlows: wornHolds, maxBytes: 1 << 24 });
for (let index = 0; index < 70_000; index++) worn.append(makeFlow({ nodeName: `node-${index}` }));
/** What each row of it is of. */
const wornRows = new Map<number, Flow | Notice>();
for (const [index, flow] of flows.entries()) {
  wornRows.set(worn.append(flow, writeFlow(flow)) ?? -1, flow);
  if (index % 13 === 0)
    wornRows.set(worn.appendNotice(index % 2 === 0 ? gap : lost), index % 2 === 0 ? gap : lost);
}

/** The rows that a search finds in all that is held, asked for in stretches of odd lengths. */
function scanned(scan: RowScan, held: FlowStore): readonly number[] {
  const rows: number[] = [];
  const found = new Uint32Array(100);
  for (let row = held.first, stretch = 0; row < held.end; stretch++) {
    const end = Math.min(held.end, row + ([1, 100, 3, 64, 7, 33][stretch % 6] ?? 1));
    const count = scan.scan(row, end, found);
    for (const offset of found.subarray(0, count)) rows.push(row + offset);
    row = end;
  }
  return rows;
}

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
  const admitted = new Set<Flow | Notice>([gap, lost]);
  for (const [index, flow] of flows.entries()) {
    const expected = relay(flow);
    if (expected) admitted.add(flow);
    if (single.holds(flow) === expected && row(index) === expected) continue;
    assert.fail(
      `${what}\nrelay ${expected}, single ${single.holds(flow)}, row ${row(index)}\n${JSON.stringify(flow)}`,
    );
  }
  const scan = compileScan(lists, worn, { flowAt: flowIn(worn), compileCel });
  const expected = heldOf((subject) => admitted.has(subject));
  assert.deepEqual(scanned(scan, worn), expected, what);
  return flows.length;
}

/** The rows of the worn store that are held, of what is wanted. */
function heldOf(isWanted: (subject: Flow | Notice) => boolean): readonly number[] {
  return [...wornRows].filter(([row, subject]) => row >= worn.first && isWanted(subject)).map(([row]) => row);
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

test("what is asked of either side, and what several filters have in common, means the same to a relay and here", () => {
  let judged = 0;
  for (const filter of everyValue()) {
    const [field = "", values] = (Object.entries(filter) as readonly [string, unknown][])[0] ?? [];
    if (!field.startsWith("source") || field === "sourceIpXlated") continue;
    const other: FlowFilter = { [field.replace("source", "destination")]: values };
    const common: FlowFilter = { verdict: ["FORWARDED", "DROPPED"], reply: [false] };
    for (const list of [
      [filter, other],
      [
        { ...filter, ...common },
        { ...common, ...other },
      ],
      [filter, { ...filter, ...common }],
    ]) {
      judged += agreements({ whitelist: list, blacklist: [] });
      judged += agreements({ whitelist: [common], blacklist: list });
    }
  }
  assert.ok(judged > 50_000, `${judged}`);
});

test("times and local questions mean the same of single flows and of notices, of held rows and of many of them", () => {
  assert.ok(worn.generation > 0 && worn.first > wornHolds, "its numbers and slots are not the first ones");
  const lists = { whitelist: [], blacklist: [] };
  const decision = { kind: "decision", decision: "denied" } as const;
  const selections: readonly FlowSelection[] = [
    lists,
    { ...lists, local: [{ ...decision, negated: false }] },
    { ...lists, local: [{ ...decision, negated: true }] },
    { ...lists, local: [{ kind: "lost", negated: false }] },
    { ...lists, local: [{ kind: "lost", negated: true }], blacklist: [{ verdict: ["DROPPED"] }] },
    { ...lists, local: [{ kind: "policy", negated: true, names: ["a"] }], whitelist: [{ reply: [true] }] },
    { ...lists, range: { since: testTime(300) } },
    { ...lists, range: { until: testTime(650) } },
    { ...lists, range: { since: testTime(300), until: testTime(650) }, whitelist: [{ protocol: ["tcp"] }] },
    { ...lists, range: { since: testTime(300), until: testTime(650), follow: true } },
    { ...lists, range: { since: flows[99]?.time ?? testTime(0), until: flows[99]?.time ?? testTime(0) } },
  ];
  const counts = selections.map((selection) => {
    const what = JSON.stringify(selection);
    const single = compileFlowTest(selection);
    assert.ok("holds" in single);
    const expected = heldOf((subject) =>
      "kind" in subject ? single.holdsNotice(subject) : single.holds(subject),
    );
    const row = compileSelection(selection, worn);
    assert.deepEqual(heldOf(() => true).filter(row), expected, what);
    assert.deepEqual(scanned(compileScan(selection, worn), worn), expected, what);
    return expected.length;
  });
  assert.equal(counts[0], wornHolds);
  assert.ok(new Set(counts).size >= 8, `${counts.join(" ")}: they say different things`);
});

test("a search that goes on while the store grows, drops and gives its numbers anew", () => {
  const churned = new FlowStore({ maxFlows: 9_000, maxBytes: 1 << 20 });
  const selection = {
    whitelist: [{ destinationPod: ["shop/cart"], nodeName: ["default/n*1"] }],
    blacklist: [],
  };
  const scan = compileScan(selection, churned);
  const [cart, other] = [makeEndpoint("shop/cart"), makeEndpoint("shop/other")];
  const expected: number[] = [];
  const found: number[] = [];
  const offsets = new Uint32Array(2_000);
  for (let index = 0, next = 0; index < 100_000; index++) {
    const isCart = index % 3 === 0;
    const row = churned.append(makeFlow({ nodeName: `n${index}`, destination: isCart ? cart : other }));
    if (isCart && String(index).endsWith("1")) expected.push(row ?? -1);
    // Smaller and larger bounds replace the columns.
    if (index === 30_000 || index === 60_000) {
      churned.setBounds({ maxFlows: index === 30_000 ? 5_000 : 9_001, maxBytes: 1 << 20 });
    }
    if (churned.end - next < 1_777 && index < 99_999) continue;
    const count = scan.scan(next, churned.end, offsets);
    for (const offset of offsets.subarray(0, count)) found.push(next + offset);
    next = churned.end;
  }
  assert.ok(churned.generation > 0);
  assert.deepEqual(found, expected);
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
