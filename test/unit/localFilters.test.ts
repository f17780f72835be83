import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flow, Notice, PolicyName } from "../../src/flows/flow.ts";
import { allFlows, type FlowSelection, type LocalFilter } from "../../src/flows/flowFilter.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { compileFlowTest } from "../../src/flows/match/compileFlowTest.ts";
import { compileSelection } from "../../src/flows/match/compileSelection.ts";
import { makeFlow, testTime } from "../support/makeFlow.ts";

const policy = (namespace: string, name: string): PolicyName => ({
  kind: "CiliumNetworkPolicy",
  namespace,
  name,
  labels: [],
  revision: "1",
});
const l7 = (type: "REQUEST" | "RESPONSE"): Partial<Flow> => ({
  type: "L7",
  eventType: 129,
  l7: { type, latencyNs: 0 },
});

const flows: readonly Partial<Flow>[] = [
  { uuid: "trace" },
  { uuid: "allowed", eventType: 5, ingressAllowedBy: [policy("default", "rule1")] },
  { uuid: "redirected", eventType: 5, verdict: "REDIRECTED", egressAllowedBy: [policy("", "everywhere")] },
  { uuid: "denied", eventType: 5, verdict: "DROPPED", ingressDeniedBy: [policy("shop", "rule1")] },
  { uuid: "audited", eventType: 5, verdict: "AUDIT" },
  { uuid: "drop", eventType: 1, verdict: "DROPPED", dropReasonDesc: "POLICY_DENIED" },
  { uuid: "broken", eventType: 1, verdict: "DROPPED", dropReasonDesc: "CT_MAP_INSERTION_FAILED" },
  { uuid: "request", ...l7("REQUEST") },
  { uuid: "refused", ...l7("REQUEST"), verdict: "DROPPED" },
  { uuid: "response", ...l7("RESPONSE") },
];
const all = flows.map((more, index) => makeFlow({ time: testTime(index * 1000), ...more }));
const notices: readonly Notice[] = [
  { kind: "lost-events", time: testTime(10_000), nodeName: "n", source: "HUBBLE_RING_BUFFER", count: 1 },
  { kind: "gap", time: testTime(11_000), until: testTime(12_000), cause: "cut" },
  {
    kind: "node-status",
    time: testTime(12_000),
    nodeName: "n",
    state: "NODE_GONE",
    nodeNames: [],
    message: "",
  },
];
const store = new FlowStore({ maxFlows: 100, maxBytes: 1 << 20 });
for (const flow of all) store.append(flow);
for (const notice of notices) store.appendNotice(notice);

const local = (filter: LocalFilter): Partial<FlowSelection> => ({ local: [filter] });
const told = "lost-events gap node-status";
const cases: readonly (readonly [name: string, selection: Partial<FlowSelection>, expected: string])[] = [
  ["a name", local({ kind: "policy", names: ["rule1"], negated: false }), `allowed denied ${told}`],
  ["a full name", local({ kind: "policy", names: ["shop/rule1"], negated: false }), `denied ${told}`],
  [
    "any of the names",
    local({ kind: "policy", names: ["x", "everywhere"], negated: false }),
    `redirected ${told}`,
  ],
  [
    "not a name",
    local({ kind: "policy", names: ["rule1", "everywhere"], negated: true }),
    `trace audited drop broken request refused response ${told}`,
  ],
  [
    "let through",
    local({ kind: "decision", decision: "allowed", negated: false }),
    `allowed redirected request ${told}`,
  ],
  [
    "turned away",
    local({ kind: "decision", decision: "denied", negated: false }),
    `denied drop refused ${told}`,
  ],
  [
    "not turned away",
    local({ kind: "decision", decision: "denied", negated: true }),
    `trace allowed redirected audited broken request response ${told}`,
  ],
  ["lost", local({ kind: "lost", negated: false }), "lost-events gap"],
  [
    "not lost",
    local({ kind: "lost", negated: true }),
    "trace allowed redirected denied audited drop broken request refused response node-status",
  ],
  [
    "all of them, and the filters",
    {
      whitelist: [{ verdict: ["DROPPED"] }],
      blacklist: [{ eventType: [{ type: 129 }] }],
      local: [{ kind: "decision", decision: "denied", negated: false }],
    },
    `denied drop ${told}`,
  ],
  ["since", { range: { since: testTime(9_000) } }, `response ${told}`],
  ["until", { range: { until: testTime(1_000) } }, "trace allowed"],
  ["since and until", { range: { since: testTime(1_000), until: testTime(2_999) } }, "allowed redirected"],
  [
    "who follows sees what comes",
    { range: { since: testTime(12_000), until: testTime(0), follow: true } },
    "node-status",
  ],
  [
    "numbers are for the relay",
    { range: { last: 1 }, whitelist: [{ uuid: ["drop", "trace"] }] },
    `trace drop ${told}`,
  ],
];

for (const [name, more, expected] of cases) {
  test(`local: ${name}`, () => {
    const selection = { ...allFlows, ...more };
    const single = compileFlowTest(selection);
    assert.ok("holds" in single);
    const ones = [
      ...all.filter((flow) => single.holds(flow)).map(({ uuid }) => uuid),
      ...notices.filter((notice) => single.holdsNotice(notice)).map(({ kind }) => kind),
    ];
    assert.equal(ones.join(" "), expected);
    const row = compileSelection(selection, store);
    const rows = Array.from({ length: store.end }, (_, index) => index).filter(row);
    assert.equal(rows.map((index) => store.uuidAt(index) ?? store.noticeAt(index)?.kind).join(" "), expected);
  });
}
