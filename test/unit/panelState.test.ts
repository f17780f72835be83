import assert from "node:assert/strict";
import test from "node:test";
import type { EngineSnapshot } from "../../src/protocol/engine.ts";
import { type PanelView, panelState } from "../../src/ui/views/panelState.ts";
import { untranslated as t } from "../../src/ui/translate.ts";
import { closedFailure, kubernetesTarget, makeFigures, makeSnapshot } from "../support/makeSnapshot.ts";

const minute = 60_000;
const held = makeFigures({ held: 9_818, denied: 44, oldestMs: 0, newestMs: 12 * minute });
const streaming: EngineSnapshot["state"] = { name: "streaming", target: kubernetesTarget, sinceMs: 0 };
const waiting: EngineSnapshot["state"] = {
  name: "waiting",
  target: kubernetesTarget,
  untilMs: 4_000,
  attempt: 1,
  failure: closedFailure,
};
const views = [{ view: 1, first: 100, end: 9_918 }];
const all: PanelView = { view: 1, filter: "", pausedAt: null };

function state(given: Partial<EngineSnapshot>, panel: Partial<PanelView> = {}) {
  return panelState(makeSnapshot(given), { ...all, ...panel }, 0, t);
}

test("while what was asked for starts, nothing else is offered", () => {
  const snapshot = makeSnapshot({ views: [] });
  for (const [beginning, message] of [
    ["demo", "Starting the demo cluster."],
    ["connection", "Connecting."],
  ] as const) {
    const { empty } = panelState({ ...snapshot, beginning }, { ...all, view: 0 }, 0, t);
    assert.deepEqual(empty, { message, actions: [{ label: "Show Log", action: "show-log" }] });
  }
});

function checkEmpty(
  given: Partial<EngineSnapshot>,
  panel: Partial<PanelView>,
  expected: readonly [message: string, ...labels: string[]],
): void {
  const { empty } = state(given, panel);
  assert.deepEqual([empty.message, ...empty.actions.map(({ label }) => label)], expected);
}

test("the figures say how long, how many, and what was lost", () => {
  const lost = [{ source: "HUBBLE_RING_BUFFER", node: "k8s-w1", count: 42 }];
  assert.equal(
    state({ state: streaming, flows: held, views, lost }).figures,
    "12 min · 9,818 flows · 44 denied · 42 lost",
  );
  const drops = state(
    { state: streaming, flows: held, views: [{ view: 1, first: 0, end: 44 }] },
    { filter: "--verdict DROPPED" },
  );
  assert.equal(drops.figures, "12 min · 44 rows of 9,818 flows · 44 denied");
  assert.equal(state({ state: streaming }).figures, "");
});

test("a capture that is being read says how far, and shows what it has brought", () => {
  const source = { kind: "reading", path: "/a/flows.jsonl", bytesRead: 42, totalBytes: 100 } as const;
  assert.equal(
    state({ source, flows: held, views }).figures,
    "reading flows.jsonl, 42 % · 12 min · 9,818 flows · 44 denied",
  );
  checkEmpty({ source, views: [{ view: 1, first: 0, end: 0 }] }, {}, ["Reading flows.jsonl."]);
});

test("a paused table ends where it was paused, and says how many came since", () => {
  const { first, end, paused, heldBack } = state({ flows: held, views }, { pausedAt: 9_000 });
  assert.deepEqual({ first, end, paused, heldBack }, { first: 100, end: 9_000, paused: true, heldBack: 918 });
  assert.equal(state({ flows: held, views }).heldBack, 0);
});

test("a view that the engine does not know yet shows nothing, and does not say that nothing matches", () => {
  const { view, first, end, empty } = state(
    { state: streaming, flows: held },
    { filter: "--verdict DROPPED" },
  );
  assert.deepEqual(
    { view, first, end, empty },
    { view: 0, first: 0, end: 0, empty: { message: "", actions: [] } },
  );
});

test("an empty table says why it is empty, with a way out", () => {
  const noRows = [{ view: 1, first: 0, end: 0 }];
  checkEmpty({}, {}, [
    "No cluster connected.",
    "Connect to Cluster…",
    "Start Demo Cluster",
    "Connect to Relay Address…",
    "Open Capture…",
  ]);
  checkEmpty({ state: { name: "connecting", target: kubernetesTarget, step: "relay" } }, {}, [
    "Connecting to kind-prod: greeting the relay.",
    "Show Log",
  ]);
  checkEmpty({ state: { name: "failed", target: kubernetesTarget, failure: closedFailure } }, {}, [
    "The relay closed the connection.",
    "Retry",
    "Choose Another Cluster…",
    "Show Log",
  ]);
  checkEmpty({ state: waiting }, {}, [
    "The relay closed the connection. Trying again in 4 s.",
    "Retry Now",
    "Show Log",
  ]);
  checkEmpty({ state: streaming }, {}, [
    "Connected to kind-prod · kube-system/hubble-relay. No flow has come yet.",
    "Show Log",
  ]);
  checkEmpty({ state: streaming, flows: held, views: noRows }, { filter: "--verdict DROPPED" }, [
    "No flow matches “--verdict DROPPED” in the last 12 min; 9,818 do without it.",
    "Clear Filter",
  ]);
  const summary = { path: "captures/flows.jsonl", flows: 0, brokenCount: 0, brokenLines: [], files: [] };
  checkEmpty({ source: { kind: "capture", summary } }, {}, ["flows.jsonl holds no flow.", "Open Capture…"]);
});

test("a table with rows says above them what is wrong", () => {
  const banner = (given: Partial<EngineSnapshot>) => state({ flows: held, views, ...given }).banner?.message;
  assert.equal(banner({ state: streaming }), undefined);
  assert.equal(banner({ state: waiting }), "The relay closed the connection. Trying again in 4 s.");
  const live = { kind: "live", target: kubernetesTarget } as const;
  assert.equal(banner({ source: live }), "Not connected. These flows came before.");
  assert.equal(state({ state: waiting }).banner, undefined);
  const lostOnly: EngineSnapshot["views"] = [{ view: 1, first: 0, end: 3, onlyNotices: true }];
  assert.deepEqual(
    state({ state: streaming, flows: held, views: lostOnly }, { filter: "--pod nosuch" }).banner,
    {
      message: "No flow matches “--pod nosuch” in the last 12 min; 9,818 do without it.",
      actions: [{ label: "Clear Filter", action: "clear-filter" }],
      tone: "info",
    },
  );
});
