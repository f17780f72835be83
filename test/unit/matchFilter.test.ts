import assert from "node:assert/strict";
import test from "node:test";
import { relayFilter } from "../../src/demo/relayFilter.ts";
import type { Flow } from "../../src/flows/flow.ts";
import type { FlowSelection } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { compileSelection } from "../../src/flows/match/compileSelection.ts";
import { filterToRelay } from "../../src/hubble/filterToRelay.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

const deployment = (name: string) => ({ workloads: [{ kind: "Deployment", name }] });
const deathstar = makeEndpoint("default/deathstar-8464cdd4d9-bp6qw", deployment("deathstar"));
const tiefighter = makeEndpoint("default/tiefighter");
const cart = makeEndpoint("shop/cart-1", deployment("cart"));
const queue = makeEndpoint("shop/queue-0", { workloads: [{ kind: "StatefulSet", name: "cart" }] });
const world = makeEndpoint("", { identity: 2, labels: ["reserved:world"] });

const flows: readonly Partial<Flow>[] = [
  { uuid: "to-deathstar", source: tiefighter, destination: deathstar },
  {
    uuid: "denied",
    source: tiefighter,
    destination: deathstar,
    verdict: "DROPPED",
    eventType: 1,
    eventSubType: 133,
    dropReasonDesc: "POLICY_DENIED",
  },
  { uuid: "verdict", source: cart, destination: queue, eventType: 5, eventSubType: 0 },
  { uuid: "verdict-1", source: queue, destination: cart, eventType: 5, eventSubType: 1 },
  { uuid: "http", source: cart, destination: deathstar, verdict: "REDIRECTED", eventType: 129 },
  { uuid: "from-world", source: world, destination: cart, verdict: "AUDIT" },
  { source: world, destination: world, eventType: 0 },
];

const store = new FlowStore({ maxFlows: 100, maxBytes: 1 << 20 });
for (const flow of flows) store.append(makeFlow(flow));
store.appendNotice({ kind: "gap", time: testTime(0), until: testTime(1), cause: "cut" });

/** The uuids that a selection admits, `-` for the flow without one; the notice, which always matches, is left out. */
function admitted(selection: Partial<FlowSelection>): string {
  const matches = compileSelection({ whitelist: [], blacklist: [], ...selection }, store);
  const rows = Array.from({ length: store.end }, (_, row) => row).filter(matches);
  assert.equal(rows.pop(), flows.length, "the notice must match");
  return rows.map((row) => store.uuidAt(row) ?? "-").join(" ");
}

/** The same, as a relay answers that is sent the selection. */
function admittedByRelay({ whitelist = [], blacklist = [] }: Partial<FlowSelection>): string {
  const passes = relayFilter(whitelist.map(filterToRelay), blacklist.map(filterToRelay));
  return flows
    .map(makeFlow)
    .filter(passes)
    .map(({ uuid }) => uuid ?? "-")
    .join(" ");
}

const everything = "to-deathstar denied verdict verdict-1 http from-world -";
const cases: readonly [name: string, selection: Partial<FlowSelection>, expected: string][] = [
  ["nothing asked", {}, everything],
  ["an empty filter", { whitelist: [{}] }, everything],
  ["an empty field", { whitelist: [{ sourcePod: [] }] }, everything],
  ["an empty filter in the blacklist", { blacklist: [{}] }, ""],
  ["uuid", { whitelist: [{ uuid: ["http", "nosuch"] }] }, "http"],
  ["an empty uuid", { whitelist: [{ uuid: [""] }] }, "-"],
  ["verdict", { whitelist: [{ verdict: ["DROPPED", "AUDIT"] }] }, "denied from-world"],
  ["event type", { whitelist: [{ eventType: [{ type: 5 }] }] }, "verdict verdict-1"],
  ["event sub type", { whitelist: [{ eventType: [{ type: 5, subType: 1 }] }] }, "verdict-1"],
  [
    "event sub type 0",
    { whitelist: [{ eventType: [{ type: 5, subType: 0 }, { type: 129 }] }] },
    "verdict http",
  ],
  ["drop reason", { whitelist: [{ dropReasonDesc: ["POLICY_DENIED"] }] }, "denied"],
  ["pod prefix", { whitelist: [{ sourcePod: ["default/tie"] }] }, "to-deathstar denied"],
  ["a pod is not a suffix", { whitelist: [{ sourcePod: ["default/fighter"] }] }, ""],
  [
    "a bare pod is in default",
    { whitelist: [{ sourcePod: ["tie"] }, { sourcePod: ["cart"] }] },
    "to-deathstar denied",
  ],
  ["any namespace", { whitelist: [{ sourcePod: ["/c"] }] }, "verdict http"],
  ["a whole namespace", { whitelist: [{ sourcePod: ["shop/"] }] }, "verdict verdict-1 http"],
  ["a namespace is not a prefix", { whitelist: [{ sourcePod: ["sho/"] }] }, ""],
  ["every pod", { whitelist: [{ sourcePod: ["/"] }] }, "to-deathstar denied verdict verdict-1 http"],
  ["destination pod", { whitelist: [{ destinationPod: ["shop/cart"] }] }, "verdict-1 from-world"],
  [
    "workload",
    { whitelist: [{ destinationWorkload: [{ kind: "Deployment", name: "cart" }] }] },
    "verdict-1 from-world",
  ],
  [
    "workload of any kind",
    { whitelist: [{ sourceWorkload: [{ kind: "", name: "cart" }] }] },
    "verdict verdict-1 http",
  ],
  ["a workload is no prefix", { whitelist: [{ sourceWorkload: [{ kind: "", name: "car" }] }] }, ""],
  ["kind of workload", { whitelist: [{ sourceWorkload: [{ kind: "StatefulSet", name: "" }] }] }, "verdict-1"],
  [
    "fields are all required",
    { whitelist: [{ sourcePod: ["shop/"], destinationPod: ["default/"] }] },
    "http",
  ],
  [
    "filters are alternatives",
    { whitelist: [{ sourcePod: ["default/"] }, { eventType: [{ type: 129 }] }] },
    "to-deathstar denied http",
  ],
  [
    "the blacklist takes away",
    { whitelist: [{ sourcePod: ["shop/"] }], blacklist: [{ eventType: [{ type: 5 }] }] },
    "http",
  ],
  [
    "the event type 0 is any, but no event without one",
    { whitelist: [{ eventType: [{ type: 0 }] }] },
    "to-deathstar denied verdict verdict-1 http from-world",
  ],
  [
    "only what was dropped has a drop reason",
    { whitelist: [{ dropReasonDesc: ["DROP_REASON_UNKNOWN"] }] },
    "",
  ],
  ["only a blacklist", { blacklist: [{ sourcePod: ["/"] }] }, "from-world -"],
];

for (const [name, selection, expected] of cases) {
  test(`filter: ${name}`, () => {
    assert.equal(admitted(selection), expected);
    assert.equal(admittedByRelay(selection), expected, "a relay means something else");
  });
}

test("answers stay right when the dictionaries renumber", () => {
  const churned = new FlowStore({ maxFlows: 10, maxBytes: 1 << 20 });
  const selection = { whitelist: [{ destinationPod: ["shop/cart"] }], blacklist: [] };
  const matches = compileSelection(selection, churned);
  const wrong: number[] = [];
  for (let index = 0; index < 80_000; index++) {
    const row = churned.append(
      makeFlow({
        source: makeEndpoint(`default/p${index}`),
        destination: index % 3 === 0 ? cart : deathstar,
      }),
    );
    if (row !== undefined && matches(row) !== (index % 3 === 0)) wrong.push(index);
  }
  assert.ok(churned.generation > 0);
  assert.deepEqual(wrong, []);
});
