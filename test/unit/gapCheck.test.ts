import assert from "node:assert/strict";
import test from "node:test";
import { type Coverage, GapCheck, overlapMs, toMs, toTimestamp } from "../../src/engine/gapCheck.ts";

/** Times in seconds after some moment; the outage began at 100 s, and it is 200 s now. */
const [lostAt, now] = [100_000, 200_000];

type Step =
  | readonly ["saw", node: string, seconds: number, repeated: boolean]
  | readonly ["holds from", node: string, seconds: number];

interface Case {
  readonly name: string;
  /** When each node was last seen, in s. */
  readonly lastSeen: Readonly<Record<string, number>>;
  readonly steps: readonly Step[];
  /** `from–until nodes (silent nodes)`, in s. */
  readonly expected: string;
}

const cases: readonly Case[] = [
  { name: "nobody known, nothing seen", lastSeen: {}, steps: [], expected: "none" },
  { name: "a silent node", lastSeen: { a: 99.5 }, steps: [], expected: "99.5–200 a (a)" },
  {
    name: "the last flow comes again",
    lastSeen: { a: 99.5 },
    steps: [["saw", "a", 99.5, true]],
    expected: "none",
  },
  {
    name: "an earlier flow comes again",
    lastSeen: { a: 99.5 },
    steps: [["saw", "a", 97, true]],
    expected: "none",
  },
  {
    name: "an old flow that was not received proves nothing",
    lastSeen: { a: 99.5 },
    steps: [["saw", "a", 99, false]],
    expected: "99.5–200 a (a)",
  },
  {
    name: "only new flows come",
    lastSeen: { a: 99.5 },
    steps: [
      ["saw", "a", 150, false],
      ["saw", "a", 151, false],
    ],
    expected: "99.5–150 a ()",
  },
  {
    name: "the ring reaches back to the last flow",
    lastSeen: { a: 99.5 },
    steps: [["holds from", "a", 99.5]],
    expected: "none",
  },
  {
    name: "the ring begins in the outage",
    lastSeen: { a: 99.5 },
    steps: [["holds from", "a", 130]],
    expected: "99.5–130 a ()",
  },
  {
    name: "a quiet node was covered until the outage, less what was on its way",
    lastSeen: { a: 10 },
    steps: [["holds from", "a", 98]],
    expected: "none",
  },
  {
    name: "… but not later",
    lastSeen: { a: 10 },
    steps: [["holds from", "a", 98.1]],
    expected: "98–98.1 a ()",
  },
  {
    name: "one of two nodes",
    lastSeen: { a: 99, b: 99.9 },
    steps: [
      ["saw", "a", 99, true],
      ["saw", "b", 140, false],
    ],
    expected: "99.9–140 b ()",
  },
  {
    name: "two nodes: from the first that ceased to the last that came back",
    lastSeen: { a: 99, b: 99.9, c: 99 },
    steps: [
      ["saw", "b", 140, false],
      ["saw", "a", 120, false],
    ],
    expected: "99–200 a,b,c (c)",
  },
  {
    name: "a node that joined in the outage is new",
    lastSeen: { a: 99 },
    steps: [
      ["saw", "a", 99, true],
      ["holds from", "new", 150],
    ],
    expected: "none",
  },
  {
    name: "nobody was known: whoever holds from before the outage is complete",
    lastSeen: {},
    steps: [["holds from", "a", 50]],
    expected: "none",
  },
  {
    name: "nobody was known: whoever does not is not",
    lastSeen: {},
    steps: [["holds from", "a", 150]],
    expected: "98–150 a ()",
  },
  {
    name: "a node's clock that is ahead",
    lastSeen: { a: 205 },
    steps: [],
    expected: "205–205 a (a)",
  },
];

for (const { name, lastSeen, steps, expected } of cases) {
  test(`gap: ${name}`, () => {
    const check = new GapCheck(live(lastSeen, lostAt));
    run(check, steps);
    assert.equal(show(check), expected);
    assert.equal(check.isCertain, expected === "none");
  });
}

test("an outage that cuts a check short does not make its gap certain", () => {
  const first = new GapCheck(live({ a: 99, b: 99 }, lostAt));
  run(first, [
    ["saw", "a", 120, false],
    ["saw", "b", 99, true],
  ]);
  // Flows of a at 120 and later were seen since, before the second outage at 125.
  const second = new GapCheck(live({ a: 121, b: 122 }, 125_000), first);
  run(second, [
    ["holds from", "a", 110],
    ["holds from", "b", 110],
  ]);
  assert.equal(show(second), "99–110 a ()");
});

test("what came between two outages does not shorten their gap when the node forgot again", () => {
  const first = new GapCheck(live({ a: 99 }, lostAt));
  run(first, [["saw", "a", 120, false]]);
  const second = new GapCheck(live({ a: 121 }, 125_000), first);
  run(second, [["holds from", "a", 130]]);
  assert.equal(show(second), "99–130 a ()");
});

test("history that was cut: nodes that were not heard of may miss something too", () => {
  const check = new GapCheck({ nodes: new Map([["a", 60_000]]), others: 97_000 });
  run(check, [
    ["saw", "a", 60, true],
    ["holds from", "a", 98],
    ["holds from", "b", 96],
    ["holds from", "c", 99],
  ]);
  assert.equal(show(check), "97–99 c ()");
});

test("timestamps there and back", () => {
  for (const time of [
    { seconds: 1_700_000_000, nanos: 0 },
    { seconds: 1_700_000_000, nanos: 123_000_000 },
    { seconds: 0, nanos: 999_000_000 },
  ]) {
    assert.deepEqual(toTimestamp(toMs(time)), time);
  }
});

/** What was received when everything was streamed until the outage. */
function live(lastSeen: Readonly<Record<string, number>>, lostAtMs: number): Coverage {
  const untilLost = lostAtMs - overlapMs;
  const nodes = Object.entries(lastSeen).map(
    ([node, seconds]) => [node, Math.max(seconds * 1000, untilLost)] as const,
  );
  return { nodes: new Map(nodes), ...(nodes.length === 0 && { others: untilLost }) };
}

function run(check: GapCheck, steps: readonly Step[]): void {
  for (const step of steps) {
    if (step[0] === "saw") check.saw(step[1], step[2] * 1000, step[3]);
    else check.holdsFrom(step[1], step[2] * 1000);
  }
}

function show(check: GapCheck): string {
  const gap = check.gap(now);
  if (!gap) return "none";
  return `${gap.fromMs / 1000}–${gap.untilMs / 1000} ${gap.nodes.join()} (${gap.silent.join()})`;
}
