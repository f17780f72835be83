import assert from "node:assert/strict";
import test from "node:test";
import type { Flow } from "../../src/flows/flow.ts";
import { type FlowGroup, FlowGroups } from "../../src/flows/flowGroups.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

const deployment = (name: string) => ({ workloads: [{ kind: "Deployment", name }] });
const deathstar1 = makeEndpoint("default/deathstar-1", deployment("deathstar"));
const deathstar2 = makeEndpoint("default/deathstar-2", deployment("deathstar"));
const xwing = makeEndpoint("default/xwing");
const cart = makeEndpoint("shop/cart-1", deployment("cart"));
const world = makeEndpoint("", { identity: 2, labels: ["reserved:world"] });
const host = makeEndpoint("", { identity: 1, labels: ["reserved:host"] });
const apiServer = makeEndpoint("", {
  identity: 7,
  labels: ["reserved:kube-apiserver", "reserved:remote-node"],
});

/** A store whose flows are counted, dropping included. */
function counted(maxFlows: number) {
  const store: FlowStore = new FlowStore({
    maxFlows,
    maxBytes: 1 << 20,
    onDrop: (row) => {
      groups.remove(row);
    },
  });
  const groups = new FlowGroups(store);
  const add = (more: Partial<Flow>) => {
    const row = store.append(makeFlow(more));
    if (row !== undefined) groups.add(row);
  };
  return { store, groups, add };
}

/** One line a group: `namespace total/forwarded/denied/error/audited: workload total…`. */
function show(groups: readonly FlowGroup[]): string[] {
  return groups.map(({ namespace, counts, workloads, unlisted }) => {
    const numbers = [counts.total, counts.forwarded, counts.denied, counts.error, counts.audited].join("/");
    const children = workloads.map(({ kind, name, counts: { total } }) => `${kind}:${name} ${total}`);
    return `${namespace} ${numbers}: ${children.join(", ")}${unlisted > 0 ? ` +${unlisted}` : ""}`;
  });
}

function ip(source: string, destination: string): Pick<Flow, "ip"> {
  return { ip: { source, destination, version: "IPv4", encrypted: false } };
}

const cases: readonly [name: string, flows: readonly Partial<Flow>[], expected: readonly string[]][] = [
  ["nothing", [], []],
  [
    "both sides in one namespace",
    [{ source: xwing, destination: deathstar1 }],
    ["default 1/1/0/0/0: Deployment:deathstar 1, :xwing 1"],
  ],
  [
    "both sides in one workload",
    [{ source: deathstar1, destination: deathstar2 }],
    ["default 1/1/0/0/0: Deployment:deathstar 1"],
  ],
  [
    "two namespaces",
    [{ source: cart, destination: deathstar2, verdict: "DROPPED" }],
    ["default 1/0/1/0/0: Deployment:deathstar 1", "shop 1/0/1/0/0: Deployment:cart 1"],
  ],
  [
    "every verdict",
    (["FORWARDED", "REDIRECTED", "DROPPED", "ERROR", "AUDIT", "TRACED"] as const).map((verdict) => ({
      source: cart,
      destination: cart,
      verdict,
    })),
    ["shop 6/2/1/1/1: Deployment:cart 6"],
  ],
  [
    "outside: address, name, reserved name",
    [
      { source: world, destination: cart, ...ip("1.2.3.4", "10.0.0.1") },
      {
        source: cart,
        destination: world,
        destinationNames: ["pay.example", "x"],
        ...ip("10.0.0.1", "5.6.7.8"),
      },
      { source: host, destination: apiServer, ...ip("10.0.0.9", "10.0.0.8") },
      { source: world, destination: cart },
      { source: makeEndpoint(""), destination: cart },
    ],
    [
      "shop 4/4/0/0/0: Deployment:cart 4",
      " 5/5/0/0/0: :1.2.3.4 1, :host 1, :kube-apiserver 1, :pay.example 1, :unknown 1, :world 1",
    ],
  ],
  [
    "a namespace without a pod",
    [{ source: makeEndpoint("shop/", { identity: 42 }), destination: cart }],
    ["shop 1/1/0/0/0: Deployment:cart 1, :identity 42 1"],
  ],
];

for (const [name, flows, expected] of cases) {
  test(`groups: ${name}`, () => {
    const { groups, add } = counted(100);
    for (const flow of flows) add(flow);
    assert.deepEqual(show(groups.groups()), expected);
  });
}

test("dropped flows are no longer counted", () => {
  const { groups, add, store } = counted(2);
  add({ source: xwing, destination: deathstar1 });
  add({ source: world, destination: cart, ...ip("1.1.1.1", "10.0.0.1") });
  add({ source: cart, destination: deathstar2, verdict: "DROPPED" });
  assert.deepEqual(show(groups.groups()), [
    "default 1/0/1/0/0: Deployment:deathstar 1",
    "shop 2/1/1/0/0: Deployment:cart 2",
    " 1/1/0/0/0: :1.1.1.1 1",
  ]);
  store.clear();
  assert.deepEqual(groups.groups(), []);
  add({ source: xwing, destination: xwing });
  assert.deepEqual(show(groups.groups()), ["default 1/1/0/0/0: :xwing 1"]);
});

test("notices are not flows", () => {
  const { groups, store } = counted(5);
  groups.add(store.appendNotice({ kind: "gap", time: testTime(0), until: testTime(1), cause: "cut" }));
  assert.deepEqual(groups.groups(), []);
});

test("of many addresses the busiest are listed, the rest are numbered", () => {
  const { groups, add } = counted(10_000);
  for (let index = 0; index < 300; index++) {
    const flow = { source: world, destination: cart, ...ip(`1.0.${index >> 8}.${index & 255}`, "10.0.0.1") };
    add(flow);
    if (index >= 250) add(flow);
  }
  const outside = groups.groups().at(-1);
  assert.deepEqual([outside?.workloads.length, outside?.unlisted], [200, 100]);
  assert.equal(outside?.workloads.filter(({ counts }) => counts.total === 2).length, 50);
});

test("counts stay right under churn, when the dictionaries renumber", () => {
  const { groups, add, store } = counted(50);
  for (let index = 0; index < 80_000; index++) {
    add({ source: makeEndpoint(`default/p${index}`, deployment(`d${index % 4}`)), destination: cart });
  }
  assert.ok(store.generation > 0);
  assert.deepEqual(show(groups.groups()), [
    "default 50/50/0/0/0: Deployment:d0 12, Deployment:d1 12, Deployment:d2 13, Deployment:d3 13",
    "shop 50/50/0/0/0: Deployment:cart 50",
  ]);
});
