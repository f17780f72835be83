import assert from "node:assert/strict";
import test from "node:test";
import { allFlows, type FlowSelection } from "../../src/flows/flowFilter.ts";
import { planStreams } from "../../src/engine/streamPlan.ts";
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
