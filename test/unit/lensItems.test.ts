import assert from "node:assert/strict";
import test from "node:test";
import type { PolicyTally, RuleTally } from "../../src/policy/tallyEntry.ts";
import type { AppliedState, DocumentTally, EngineSnapshot } from "../../src/protocol/engine.ts";
import { headItems, isWorthShowing, tallyItems } from "../../src/ui/editor/lensItems.ts";
import { lensWindows } from "../../src/ui/editor/lensWindow.ts";
import { untranslated as t } from "../../src/ui/translate.ts";
import { nothingElsewhere } from "../support/makeTally.ts";
import {
  closedFailure,
  demoTarget,
  kubernetesTarget,
  makeFigures,
  makeSnapshot,
} from "../support/makeSnapshot.ts";

const head: PolicyTally = {
  type: "policy",
  policy: "default/rule1",
  kind: "CiliumNetworkPolicy",
  path: "spec",
  range: { start: 60, end: 64 },
  endpoints: 2,
  attempts: 3,
};

const rule: RuleTally = {
  ...head,
  type: "rule",
  path: "spec.ingress[0]",
  range: { start: 120, end: 200 },
  section: "ingress",
  allowed: 3,
  denied: 0,
  nearMiss: 0,
  nearMissPorts: [],
  possible: 0,
  needs: [],
  l7Allowed: null,
  l7Denied: null,
  lastHitMs: 9_000,
  perMinute: 0,
  topPeers: [],
};

function document(applied: AppliedState): DocumentTally {
  return {
    uri: "file:///rule1.yaml",
    version: 1,
    problems: [],
    entries: [head, rule],
    elsewhere: nothingElsewhere,
    basis: { source: "verdicts", sinceMs: null, untilMs: null },
    applied: [{ policy: head.policy, kind: head.kind, state: applied }],
  };
}

function checkTally(applied: AppliedState, snapshot: EngineSnapshot, expected: readonly string[]): void {
  const items = tallyItems(document(applied), snapshot, 10_000, t);
  assert.deepEqual(
    items.map(
      ({ offset, title, action }) => `${offset} ${title} → ${action.command.replace("hubbleLens.", "")}`,
    ),
    expected,
  );
}

test("while the demo runs, the head offers to apply the policy, or to remove it when it is applied", () => {
  const demo = makeSnapshot({ state: { name: "streaming", target: demoTarget, sinceMs: 0 } });
  checkTally("absent", demo, [
    "60 Hubble ● 2 endpoints · 3 attempts · not applied · demo → showMenu",
    "60 Apply to Demo Cluster → applyToDemo",
    "120 ✓ 3 allowed · 1 s ago → showFlowsOfRule",
  ]);
  checkTally("same", demo, [
    "60 Hubble ● 2 endpoints · 3 attempts · applied ✓ · demo → showMenu",
    "60 Remove from Demo Cluster → removeFromDemo",
    "120 ✓ 3 allowed · 1 s ago → showFlowsOfRule",
  ]);
});

test("a capture's now is its newest flow", () => {
  const summary = { path: "/flows.jsonl", flows: 3, brokenCount: 0, brokenLines: [], files: [] };
  const capture = makeSnapshot({
    source: { kind: "capture", summary },
    flows: makeFigures({ held: 3, newestMs: 69_000 }),
  });
  checkTally("unknown", capture, [
    "60 Hubble ● 2 endpoints · 3 attempts · capture → showMenu",
    "120 ✓ 3 allowed · 1 min ago → showFlowsOfRule",
  ]);
});

test("while a capture is read, numbers show once there are some; before, how far it is", () => {
  const reading = makeSnapshot({
    source: { kind: "reading", path: "/flows.jsonl", bytesRead: 42, totalBytes: 100 },
    flows: makeFigures({ held: 3, newestMs: 69_000 }),
  });
  checkTally("unknown", reading, [
    "60 Hubble ● 2 endpoints · 3 attempts · capture → showMenu",
    "120 ✓ 3 allowed · 1 min ago → showFlowsOfRule",
  ]);
  const none = { ...document("same"), basis: { source: "none", sinceMs: null, untilMs: null } } as const;
  assert.deepEqual([isWorthShowing(none, reading), isWorthShowing(document("same"), reading)], [false, true]);
  assert.deepEqual(
    headItems([7], reading, t).map(({ title }) => title),
    ["Hubble: reading flows.jsonl, 42 %"],
  );
});

test("only what is near what is shown has a lens, where that is asked for", () => {
  const titles = (...near: { start: number; end: number }[]) =>
    tallyItems(document("same"), { ...makeSnapshot(), near }, 10_000, t).map(({ offset }) => offset);
  assert.deepEqual(titles({ start: 0, end: 60 }), [60]);
  assert.deepEqual(titles({ start: 61, end: 300 }), [120]);
  assert.deepEqual(titles({ start: 0, end: 60 }, { start: 120, end: 120 }), [60, 120]);
  assert.deepEqual(titles(), []);
});

test("lenses are there before one gets to them, and stay the same for a while", () => {
  const around = (first: number, last: number) => {
    const [window] = lensWindows([{ first, last }], 10_000);
    return `${window?.first}–${window?.last}`;
  };
  assert.equal(around(0, 40), "0–599");
  assert.equal(around(150, 190), "0–599");
  assert.equal(around(1_000, 1_040), "600–1599");
  assert.equal(around(1_150, 1_199), "600–1599");
  assert.equal(around(1_170, 1_210), "600–1799");
  assert.equal(around(9_970, 9_999), "9400–9999");
  assert.deepEqual(lensWindows([], 10), []);
});

test("a rule's lens asks for its own flows", () => {
  const items = tallyItems(document("same"), makeSnapshot(), 10_000, t);
  assert.deepEqual(items.at(-1)?.action.arguments, [
    {
      uri: "file:///rule1.yaml",
      kind: "CiliumNetworkPolicy",
      policy: "default/rule1",
      path: "spec.ingress[0]",
    },
  ]);
});

test("numbers show as soon as there are some, and as long as they may go on", () => {
  const none = { ...document("same"), basis: { source: "none", sinceMs: null, untilMs: null } } as const;
  const connecting = makeSnapshot({ state: { name: "connecting", target: demoTarget, step: "relay" } });
  const failed = makeSnapshot({ state: { name: "failed", target: demoTarget, failure: closedFailure } });
  const streaming = makeSnapshot({ state: { name: "streaming", target: demoTarget, sinceMs: 0 } });
  assert.deepEqual(
    [makeSnapshot(), connecting, failed, streaming].map((snapshot) => isWorthShowing(none, snapshot)),
    [false, false, false, true],
  );
  assert.equal(isWorthShowing(document("same"), connecting), true);
});

test("what begins is said before the engine tells of it", () => {
  const titles = (beginning: "demo" | "connection") =>
    headItems([7], { ...makeSnapshot(), beginning }, t).map(({ title }) => title);
  assert.deepEqual(titles("demo"), ["Hubble: starting the demo cluster"]);
  assert.deepEqual(titles("connection"), ["Hubble: connecting"]);
});

test("without numbers the head says what is the matter and offers ways out", () => {
  const cases: readonly [EngineSnapshot["state"], readonly string[]][] = [
    [{ name: "idle" }, ["Hubble: not connected", "Connect", "Start Demo"]],
    [
      { name: "connecting", target: kubernetesTarget, step: "port-forward" },
      ["Hubble: connecting to kind-prod, opening a port-forward"],
    ],
    [
      { name: "failed", target: kubernetesTarget, failure: closedFailure },
      ["Hubble ✗ The relay closed the connection.", "Retry", "Choose Cluster"],
    ],
    [
      { name: "waiting", target: kubernetesTarget, untilMs: 0, attempt: 1, failure: closedFailure },
      ["Hubble ○ The relay closed the connection.", "Retry Now"],
    ],
    [{ name: "streaming", target: kubernetesTarget, sinceMs: 0 }, ["Hubble ● reading the policy"]],
  ];
  for (const [state, expected] of cases) {
    const items = headItems([7], makeSnapshot({ state }), t);
    assert.deepEqual(
      items.map(({ title }) => title),
      expected,
    );
    assert.ok(items.every(({ offset }) => offset === 7));
  }
});
