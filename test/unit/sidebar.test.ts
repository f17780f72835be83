import assert from "node:assert/strict";
import test from "node:test";
import type { FollowingState } from "../../src/protocol/engine.ts";
import { readFilterLine } from "../../src/flows/language/readFilterLine.ts";
import { writeFilterLine } from "../../src/flows/language/writeFilterLine.ts";
import type { EngineSnapshot, VerdictCounts } from "../../src/protocol/engine.ts";
import type { RelayNode } from "../../src/protocol/session.ts";
import { untranslated as t } from "../../src/ui/translate.ts";
import { type ClusterItem, clusterItems, clusterMessage } from "../../src/ui/views/clusterItems.ts";
import { groupDescription, groupDetail, sortNamespaces } from "../../src/ui/views/groupText.ts";
import { groupTerms, readGroupNode } from "../../src/ui/views/groupTerms.ts";
import { NewDrops } from "../../src/ui/views/newDrops.ts";
import {
  closedFailure,
  demoTarget,
  kubernetesTarget,
  makeFigures,
  makeSnapshot,
} from "../support/makeSnapshot.ts";

const noCounts: VerdictCounts = { total: 0, forwarded: 0, denied: 0, error: 0, audited: 0 };

function node(name: string, state: RelayNode["state"]): RelayNode {
  return {
    name,
    state,
    version: "1.19.4",
    address: "10.0.0.1:4244",
    heldFlows: 1_531,
    maxFlows: 4_095,
    seenFlows: 9,
    uptimeMs: 60_000,
  };
}

/** Each line as `label — description`, children further right. */
function lines(items: readonly ClusterItem[], indent = ""): readonly string[] {
  return items.flatMap(({ label, description, children }) => [
    `${indent}${label}${description === undefined ? "" : ` — ${description}`}`,
    ...lines(children ?? [], `${indent}  `),
  ]);
}

test("the cluster view tells of session, flows, relay, nodes and losses", () => {
  const snapshot = makeSnapshot({
    state: { name: "streaming", target: kubernetesTarget, sinceMs: 0 },
    flows: makeFigures({ held: 1_460, perSecond: 38, undecodable: 1 }),
    relay: {
      version: "hubble-relay v1.19.4",
      heldFlows: 11_080,
      maxFlows: 12_285,
      seenFlows: 99_000,
      flowsPerSecond: 38,
      uptimeMs: 60_000,
      connectedNodes: 1,
      unavailableNodes: ["k8s-w1"],
    },
    nodes: [node("k8s-ctr", "connected"), node("k8s-w1", "unavailable")],
    lost: [
      { source: "PERF_EVENT_RING_BUFFER", node: "k8s-ctr", count: 2 },
      { source: "HUBBLE_RING_BUFFER", node: "k8s-ctr", count: 40 },
    ],
  });
  assert.deepEqual(lines(clusterItems(snapshot, t)), [
    "kind-prod — streaming · kube-system/hubble-relay",
    "38 flows/s — 1,460 held",
    "relay — 11,080 / 12,285 held (90 %)",
    "nodes 1/2 — not all are connected",
    "  k8s-ctr — 1,531",
    "  k8s-w1 — unavailable",
    "lost events 42 — HUBBLE_RING_BUFFER, PERF_EVENT_RING_BUFFER",
    "  HUBBLE_RING_BUFFER — 40",
    "  PERF_EVENT_RING_BUFFER — 2",
    "not understood 1",
  ]);
});

test("the cluster view tells why there is no connection, and nothing when none is wanted", () => {
  const failed = makeSnapshot({ state: { name: "failed", target: demoTarget, failure: closedFailure } });
  assert.deepEqual(lines(clusterItems(failed, t)), [
    "demo cluster — failed · 127.0.0.1:4245",
    "cause — 14 UNAVAILABLE",
  ]);
  assert.equal(clusterMessage(failed), "The relay closed the connection.");
  assert.equal(clusterMessage(makeSnapshot()), "");
  assert.deepEqual(clusterItems(makeSnapshot(), t), []);
});

test("the cluster view tells what of a capture is not shown", () => {
  const capture = makeSnapshot({
    source: {
      kind: "capture",
      summary: {
        ...{ path: "/a/flows.jsonl", flows: 5, brokenCount: 2, brokenLines: [] },
        files: [{ path: "/a/b.gz", events: 5, brokenCount: 2, brokenLines: [], trouble: "It is cut off." }],
      },
    },
    flows: makeFigures({ held: 3, dropped: 2, maxFlows: 3 }),
  });
  assert.deepEqual(lines(clusterItems(capture, t)), [
    "flows.jsonl — capture · 3 flows",
    "2 older flows not held — at most 3",
    "b.gz could not be read whole",
    "2 lines could not be read",
  ]);
});

test("the cluster view tells of a file that is followed", () => {
  const following = (state: FollowingState, rotations: number) =>
    makeSnapshot({
      source: { kind: "following", path: "/a/events.log", state, rotations },
      flows: makeFigures({ held: 3 }),
    });
  assert.deepEqual(lines(clusterItems(following({ kind: "following", bytesRead: 9 }, 2), t)), [
    "events.log — 3 flows",
    "rotated 2 times",
  ]);
  assert.deepEqual(lines(clusterItems(following({ kind: "waiting" }, 0), t)), [
    "events.log — 3 flows",
    "waiting for events.log: there is no such file",
  ]);
});

test("a group shows all its flows, and those denied when there are any", () => {
  assert.equal(groupDescription({ ...noCounts, total: 1_228, denied: 48 }), "1,228   ✗ 48");
  assert.equal(groupDescription({ ...noCounts, total: 3 }), "3");
  assert.equal(
    groupDetail("default", { total: 9, forwarded: 4, denied: 3, error: 1, audited: 1 }, t),
    "default: 9 flows, 4 forwarded, 3 denied, 1 with an error, 1 audited",
  );
});

test("namespaces stand by name, whatever their counts, the outside last", () => {
  const groups = ["shop", "", "default"].map((namespace) => ({
    namespace,
    counts: noCounts,
    workloads: [],
    unlisted: 0,
  }));
  assert.deepEqual(
    sortNamespaces(groups).map(({ namespace }) => namespace),
    ["default", "shop", ""],
  );
});

test("an item of the tree asks for its flows by flags that a person can go on writing", () => {
  const flags = (namespace: string, workload?: { readonly name: string; readonly kind: string }) =>
    writeFilterLine(groupTerms(namespace, workload));
  const cases: readonly [string, { readonly name: string; readonly kind: string } | undefined, string][] = [
    ["shop", undefined, "--namespace shop"],
    ["shop", { name: "cart", kind: "Deployment" }, "--pod shop/cart-"],
    ["shop", { name: "curl", kind: "Pod" }, "--pod shop/curl"],
    ["shop", { name: "one-pod", kind: "" }, "--pod shop/one-pod"],
    ["shop", { name: "identity 4101", kind: "" }, "--namespace shop --identity 4101"],
    ["", undefined, "--label '!io.kubernetes.pod.namespace'"],
    ["", { name: "kube-apiserver", kind: "" }, "--identity kube-apiserver"],
    ["", { name: "world", kind: "" }, "--identity world"],
    ["", { name: "example.com", kind: "" }, "--fqdn example.com"],
    ["", { name: "203.0.113.7", kind: "" }, "--ip 203.0.113.7"],
    ["", { name: "2001:db8::7", kind: "" }, "--ip 2001:db8::7"],
    ["", { name: "unknown", kind: "" }, ""],
  ];
  for (const [namespace, workload, expected] of cases) {
    assert.equal(flags(namespace, workload), expected);
    if (expected === "") continue;
    assert.deepEqual(readFilterLine(expected, { seconds: 0, nanos: 0 }).problems, [], expected);
  }
});

test("what a menu of the tree passes is read, and anything else is not", () => {
  const group = { name: "cart", kind: "Deployment", counts: noCounts };
  assert.deepEqual(readGroupNode({ type: "workload", namespace: "shop", group }), {
    namespace: "shop",
    workload: { name: "cart", kind: "Deployment" },
  });
  assert.deepEqual(readGroupNode({ type: "namespace", group: { namespace: "", workloads: [] } }), {
    namespace: "",
  });
  for (const other of [
    undefined,
    null,
    "shop",
    {},
    { type: "workload", group },
    { type: "more", namespace: "shop" },
  ]) {
    assert.equal(readGroupNode(other), undefined);
  }
});

test("drops that happened since the connection began are new until somebody looks", () => {
  const drops = new NewDrops();
  const at = (name: "idle" | "connecting" | "streaming" | "waiting", deniedLive: number): EngineSnapshot => {
    const states: Readonly<Record<typeof name, EngineSnapshot["state"]>> = {
      idle: { name: "idle" },
      connecting: { name: "connecting", target: demoTarget, step: "history" },
      streaming: { name: "streaming", target: demoTarget, sinceMs: 0 },
      waiting: { name: "waiting", target: demoTarget, untilMs: 0, attempt: 1, failure: closedFailure },
    };
    return makeSnapshot({ state: states[name], flows: makeFigures({ denied: 3, deniedLive }) });
  };
  const steps: readonly [EngineSnapshot, looking: boolean, expected: number][] = [
    [at("idle", 0), false, 0],
    [at("connecting", 0), false, 0],
    [at("streaming", 2), false, 2],
    [at("waiting", 2), false, 2],
    [at("streaming", 3), false, 3],
    [at("streaming", 5), true, 0],
    [at("streaming", 6), false, 1],
    // Another cluster.
    [at("connecting", 0), false, 0],
    [at("streaming", 1), false, 1],
    // Yet another, whose first snapshot comes late.
    [at("streaming", 0), false, 0],
    [at("idle", 0), false, 0],
  ];
  for (const [snapshot, looking, expected] of steps) assert.equal(drops.update(snapshot, looking), expected);
});
