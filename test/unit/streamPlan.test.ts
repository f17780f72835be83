import assert from "node:assert/strict";
import test from "node:test";
import { allFlows, type FlowSelection } from "../../src/flows/flowFilter.ts";
import { planStreams, type StreamHistory } from "../../src/engine/streamPlan.ts";
import { testTime } from "../support/makeFlow.ts";

const now = testTime(60_000);

const watched = { eventType: [{ type: 1 }, { type: 5 }, { type: 129 }] };
const drops = { verdict: ["DROPPED"] } as const;
const shop = { sourcePod: ["shop/"] };
const rule = {
  uri: "file:///a.yaml",
  kind: "CiliumNetworkPolicy",
  policy: "default/a",
  path: "spec.ingress[0]",
};

const select = (more: Partial<FlowSelection>): FlowSelection => ({ ...allFlows, ...more });

const cases: readonly [
  name: string,
  watch: boolean,
  selections: readonly FlowSelection[],
  expected: readonly (readonly [
    whitelist: FlowSelection["whitelist"],
    blacklist: FlowSelection["blacklist"],
  ])[],
][] = [
  ["nobody looks", false, [], []],
  ["only the watch", true, [], [[[watched], []]]],
  ["a view of everything contains the watch", true, [allFlows], [[[], []]]],
  ["a view of everything beside another", true, [select({ whitelist: [shop] }), allFlows], [[[], []]]],
  [
    "a filtered view beside the watch",
    true,
    [select({ whitelist: [drops] })],
    [
      [[watched], []],
      [[drops], []],
    ],
  ],
  ["a filtered view alone", false, [select({ whitelist: [drops] })], [[[drops], []]]],
  [
    "a view without something",
    true,
    [select({ blacklist: [shop] })],
    [
      [[watched], []],
      [[], [shop]],
    ],
  ],
  [
    "several views: what any admits; what one takes away is left to it",
    false,
    [select({ whitelist: [drops], blacklist: [shop] }), select({ whitelist: [shop] })],
    [[[drops, shop], []]],
  ],
  [
    "several views of which one takes away",
    false,
    [select({ blacklist: [shop] }), select({ whitelist: [shop] })],
    [[[], []]],
  ],
  ["a rule's flows are among those watched", true, [select({ rule })], [[[watched], []]]],
  ["a rule's flows without the watch", false, [select({ rule })], [[[watched], []]]],
  [
    "a rule's flows, filtered",
    false,
    [select({ rule, whitelist: [shop] })],
    [[[{ ...watched, ...shop }], []]],
  ],
];

const since = testTime(0);
const earlier = testTime(1_000);
const later = testTime(120_000);

/** What is asked for where a view names its stretch of time, beside the watch. */
const ranges: readonly [
  name: string,
  selections: readonly FlowSelection[],
  expected: readonly (readonly [whitelist: FlowSelection["whitelist"], history: StreamHistory | undefined])[],
][] = [
  [
    "a time does not starve the watch",
    [select({ range: { since } })],
    [
      [[watched], undefined],
      [[], { since, ends: false }],
    ],
  ],
  ["all contains the watch", [select({ range: { all: true } })], [[[], { number: Infinity, ends: false }]]],
  [
    "the last ones, and what comes",
    [select({ range: { last: 20 }, whitelist: [shop] })],
    [
      [[watched], undefined],
      [[shop], { number: 20, ends: false }],
    ],
  ],
  [
    "the first ones end by themselves",
    [select({ range: { first: 5 } })],
    [
      [[watched], undefined],
      [[], { number: 5, first: true, ends: true }],
    ],
  ],
  [
    "what is over ends by itself",
    [select({ range: { since, until: earlier } })],
    [
      [[watched], undefined],
      [[], { since, until: earlier, ends: true }],
    ],
  ],
  [
    "with nothing but an end, from the oldest on",
    [select({ range: { until: earlier } })],
    [
      [[watched], undefined],
      [[], { until: earlier, first: true, ends: true }],
    ],
  ],
  [
    "an end that is yet to come is kept by the view",
    [select({ range: { since, until: later } })],
    [
      [[watched], undefined],
      [[], { since, ends: false }],
    ],
  ],
  [
    "who follows does not mind the end",
    [select({ range: { until: earlier, follow: true } })],
    [[[], undefined]],
  ],
  [
    "two views of different times are asked for each",
    [select({ range: { since } }), select({ whitelist: [shop] }), select({ whitelist: [drops] })],
    [
      [[watched], undefined],
      [[], { since, ends: false }],
      [[shop, drops], undefined],
    ],
  ],
];

for (const [name, selections, expected] of ranges) {
  test(`streams: ${name}`, () => {
    const plan = planStreams(true, selections, now);
    assert.deepEqual(
      plan.map(({ whitelist, history }) => [whitelist, history]),
      expected,
    );
    assert.equal(new Set(plan.map(({ key }) => key)).size, plan.length);
  });
}

/** No relay can be asked, or may be trusted to understand; the view itself leaves out the rest. */
const widened: readonly [
  name: string,
  selection: Partial<FlowSelection>,
  whitelist: FlowSelection["whitelist"],
  blacklist: FlowSelection["blacklist"],
][] = [
  ["what policy named", { local: [{ kind: "policy", names: ["a"], negated: false }] }, [watched], []],
  [
    "a decision among others",
    { whitelist: [shop], local: [{ kind: "decision", decision: "denied", negated: false }] },
    [{ ...watched, ...shop }],
    [],
  ],
  ["what policy did not name", { local: [{ kind: "policy", names: ["a"], negated: true }] }, [], []],
  [
    "a blacklist that an older relay would take for everything",
    { blacklist: [shop, { encrypted: [true] }, { ...shop, interface: [{ index: 0, name: "eth0" }] }] },
    [],
    [shop],
  ],
];

for (const [name, selection, whitelist, blacklist] of widened) {
  test(`a relay is asked for more: ${name}`, () => {
    const [asked] = planStreams(false, [select(selection)], now);
    assert.deepEqual([asked?.whitelist, asked?.blacklist], [whitelist, blacklist]);
  });
}

for (const [name, watch, selections, expected] of cases) {
  test(`streams: ${name}`, () => {
    const plan = planStreams(watch, selections, now);
    assert.deepEqual(
      plan.map(({ whitelist, blacklist }) => [whitelist, blacklist]),
      expected,
    );
    assert.equal(new Set(plan.map(({ key }) => key)).size, plan.length);
  });
}

test("the same wish has the same key, another one another", () => {
  const key = (selection: FlowSelection) => planStreams(false, [selection], now)[0]?.key;
  assert.equal(key(select({ whitelist: [shop] })), key(select({ whitelist: [{ ...shop }] })));
  assert.notEqual(key(select({ whitelist: [shop] })), key(select({ blacklist: [shop] })));
});
