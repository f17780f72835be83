import assert from "node:assert/strict";
import test from "node:test";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import { type Flow, verdicts } from "../../src/flows/flow.ts";
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

const remote1 = makeEndpoint("default/deathstar-1");
const remote2 = makeEndpoint("default/deathstar-2");

const learning: readonly [name: string, flows: readonly Partial<Flow>[], expected: readonly string[]][] = [
  [
    "a pod whose workload nobody tells is itself",
    [{ source: xwing, destination: remote1 }],
    ["default 1/1/0/0/0: :deathstar-1 1, :xwing 1"],
  ],
  [
    "told before",
    [
      { source: xwing, destination: deathstar1 },
      { source: remote1, destination: cart },
    ],
    ["default 2/2/0/0/0: Deployment:deathstar 2, :xwing 1", "shop 1/1/0/0/0: Deployment:cart 1"],
  ],
  [
    "told after: what was counted moves",
    [
      { source: remote1, destination: cart, verdict: "DROPPED" },
      { source: xwing, destination: remote2 },
      { source: deathstar1, destination: cart },
    ],
    [
      "default 3/2/1/0/0: Deployment:deathstar 2, :deathstar-2 1, :xwing 1",
      "shop 2/1/1/0/0: Deployment:cart 2",
    ],
  ],
  [
    "two that become one count a flow between them once",
    [
      { source: remote1, destination: remote2 },
      { source: remote1, destination: deathstar2, verdict: "ERROR" },
      { source: deathstar1, destination: deathstar2 },
    ],
    ["default 3/2/0/1/0: Deployment:deathstar 3"],
  ],
  [
    "a pod of that name in another namespace is another",
    [
      { source: makeEndpoint("shop/deathstar-1"), destination: remote1 },
      { source: deathstar1, destination: cart },
    ],
    ["default 2/2/0/0/0: Deployment:deathstar 2", "shop 2/2/0/0/0: Deployment:cart 1, :deathstar-1 1"],
  ],
];

for (const [name, flows, expected] of learning) {
  test(`the workload of a pod on another node: ${name}`, () => {
    for (const lookAlways of [false, true]) {
      const { groups, add, store } = counted(100);
      for (const flow of flows) {
        add(flow);
        if (lookAlways) groups.groups();
      }
      assert.deepEqual(show(groups.groups()), expected);
      store.clear();
      assert.deepEqual(groups.groups(), []);
      // Of what another cluster's pods are, nothing is known.
      add({ source: xwing, destination: remote1 });
      assert.deepEqual(show(groups.groups()), ["default 1/1/0/0/0: :deathstar-1 1, :xwing 1"]);
    }
  });
}

test("counts with learned workloads stay right while flows come, go and are renumbered", () => {
  const { groups, add, store } = counted(300);
  const random = new SeededRandom(5);
  const any = (count: number) => Math.floor(random.fraction() * count);
  // Pods come and go for ever; each is one of four workloads, which only its own node tells.
  const told = new Set<string>();
  let newest = 0;
  const side = () => {
    const number = Math.max(0, newest - any(100));
    const tells = any(20) === 0;
    if (tells) told.add(`p${number}`);
    const more = { id: any(1000), ...(tells && deployment(`d${number % 4}`)) };
    return makeEndpoint(`ns${number % 2}/p${number}`, more);
  };
  for (let index = 0; index < 80_000; index++) {
    if (any(3) === 0) newest += 1;
    add({ source: side(), destination: side(), verdict: any(4) === 0 ? "DROPPED" : "FORWARDED" });
    if (any(500) === 0) groups.groups();
  }
  assert.ok(store.generation > 0);
  const expected: Record<string, [total: number, denied: number]> = {};
  for (let row = store.first; row < store.end; row++) {
    const slot = store.slotOf(row);
    const names = [store.columns.source, store.columns.destination].map((column) => {
      const { namespace = "", podName = "" } = store.endpoints.get(column[slot] ?? 0) ?? {};
      return `${namespace}/${told.has(podName) ? `d${Number(podName.slice(1)) % 4}` : podName}`;
    });
    for (const name of new Set(names)) {
      const counts = (expected[name] ??= [0, 0]);
      counts[0] += 1;
      if (store.columns.verdict[slot] === verdicts.indexOf("DROPPED")) counts[1] += 1;
    }
  }
  const counts = groups
    .groups()
    .flatMap(({ namespace, workloads }) =>
      workloads.map(
        ({ name, counts: { total, denied } }) => [`${namespace}/${name}`, [total, denied]] as const,
      ),
    );
  const lines = (entries: readonly (readonly [unknown, unknown])[]) => entries.map(String).sort();
  assert.deepEqual(lines(counts), lines(Object.entries(expected)));
});

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
