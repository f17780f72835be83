import assert from "node:assert/strict";
import test from "node:test";
import type { Flow, Layer4, Notice } from "../../src/flows/flow.ts";
import { FlowStore } from "../../src/flows/flowStore.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

const roomy = { maxFlows: 100_000, maxBytes: 1 << 30 };

/** The columns of a row as plain numbers, only those that are not 0. */
function columnsOf(store: FlowStore, row: number): Record<string, number> {
  const slot = store.slotOf(row);
  return Object.fromEntries(
    Object.entries<ArrayLike<number>>({ ...store.columns })
      .map(([name, column]) => [name, Number(column[slot])] as const)
      .filter(([name, value]) => value !== 0 && !name.startsWith("raw")),
  );
}

test("a flow's columns", () => {
  const store = new FlowStore(roomy);
  const source = makeEndpoint("default/xwing", { identity: 4 });
  const full: Flow = makeFlow({
    time: { seconds: 1_700_000_000, nanos: 123_456_789 },
    uuid: "u1",
    nodeName: "k8s-w1",
    verdict: "DROPPED",
    dropReasonDesc: "POLICY_DENIED",
    eventType: 1,
    eventSubType: 133,
    isReply: false,
    source,
    destination: makeEndpoint("default/deathstar"),
    destinationNames: ["a.example", "b.example"],
    destinationService: { namespace: "default", name: "deathstar" },
    ip: { source: "10.0.0.1", destination: "fd00::2", version: "IPv6", encrypted: false },
    l4: { protocol: "TCP", sourcePort: 40_000, destinationPort: 80, flags: ["SYN", "ACK"] },
    policyMatchType: 2,
  });
  const row = store.append(full, Uint8Array.of(1, 2, 3));
  assert.equal(row, 0);
  const strings = (number: number | undefined) => store.strings.get(number ?? 0);
  const columns = columnsOf(store, 0);
  assert.deepEqual(
    [
      strings(columns["dropReason"]),
      strings(columns["sourceIp"]),
      strings(columns["destinationIp"]),
      strings(columns["destinationNames"]),
      strings(columns["destinationService"]),
      strings(columns["nodeName"]),
      store.endpoints.get(columns["source"] ?? 0),
    ],
    ["POLICY_DENIED", "10.0.0.1", "fd00::2", "a.example,b.example", "default/deathstar", "k8s-w1", source],
  );
  assert.deepEqual(store.timeAt(0), full.time);
  assert.equal(store.uuidAt(0), "u1");
  assert.deepEqual([...(store.rawAt(0) ?? [])], [1, 2, 3]);
  const { seconds, nanos, verdict, eventType, eventSubType, isReply, ipVersion } = columns;
  assert.deepEqual(
    { seconds, nanos, verdict, eventType, eventSubType, isReply, ipVersion },
    {
      seconds: 1_700_000_000,
      nanos: 123_456_789,
      verdict: 2,
      eventType: 1,
      eventSubType: 133,
      isReply: 1,
      ipVersion: 2,
    },
  );
});

const layer4Cases: readonly [Layer4, Record<string, number>][] = [
  [
    { protocol: "TCP", sourcePort: 1, destinationPort: 2, flags: ["FIN"] },
    { protocol: 1, sourcePort: 1, destinationPort: 2, tcpFlags: 8 },
  ],
  [
    { protocol: "UDP", sourcePort: 65_535, destinationPort: 53 },
    { protocol: 2, sourcePort: 65_535, destinationPort: 53 },
  ],
  [
    { protocol: "SCTP", sourcePort: 9, destinationPort: 8 },
    { protocol: 3, sourcePort: 9, destinationPort: 8 },
  ],
  [
    { protocol: "ICMPv4", type: 8, code: 3 },
    { protocol: 4, sourcePort: 3, destinationPort: 8 },
  ],
  [
    { protocol: "ICMPv6", type: 128, code: 0 },
    { protocol: 5, destinationPort: 128 },
  ],
  [
    { protocol: "VRRP", type: 1, vrid: 2, priority: 3 },
    { protocol: 6, destinationPort: 1 },
  ],
  [
    { protocol: "IGMP", type: 22, groupAddress: "224.0.0.1" },
    { protocol: 7, destinationPort: 22 },
  ],
];

for (const [l4, expected] of layer4Cases) {
  test(`layer 4 columns of ${l4.protocol}`, () => {
    const store = new FlowStore(roomy);
    store.append(makeFlow({ l4 }));
    const { protocol, sourcePort, destinationPort, tcpFlags } = columnsOf(store, 0);
    const seen = { protocol, sourcePort, destinationPort, tcpFlags };
    assert.deepEqual(
      seen,
      Object.assign(
        { protocol: undefined, sourcePort: undefined, destinationPort: undefined, tcpFlags: undefined },
        expected,
      ),
    );
  });
}

test("a flow whose uuid is held is not taken twice; one without is always taken", () => {
  const store = new FlowStore({ ...roomy, maxFlows: 3 });
  const append = (uuid?: string) => store.append(makeFlow(uuid ? { uuid } : {}));
  assert.deepEqual(
    [append("a"), append("b"), append("a"), append(), append(), append("a")],
    [0, 1, undefined, 2, 3, 4],
  );
  assert.deepEqual([store.hasUuid("a"), store.hasUuid("b")], [true, false]);
});

test("a slot that is used again shows nothing of its predecessor", () => {
  const store = new FlowStore({ ...roomy, maxFlows: 1 });
  store.append(
    makeFlow({
      uuid: "x",
      nodeName: "n",
      l4: { protocol: "TCP", sourcePort: 1, destinationPort: 2, flags: ["SYN"] },
      ingressDeniedBy: [
        { kind: "CiliumNetworkPolicy", namespace: "a", name: "b", labels: [], revision: "1" },
      ],
    }),
    Uint8Array.of(1),
  );
  const row = store.append(makeFlow());
  assert.equal(row, 1);
  const { nodeName, protocol, tcpFlags, attribution } = columnsOf(store, 1);
  assert.deepEqual([nodeName, protocol, tcpFlags, attribution], [undefined, undefined, undefined, undefined]);
  assert.deepEqual(
    [store.rawAt(1), store.uuidAt(1), store.rawAt(0), store.uuidAt(0)],
    [undefined, undefined, undefined, undefined],
  );
});

test("rows are dropped oldest first, each announced while it can still be read", () => {
  const announced: string[] = [];
  const store: FlowStore = new FlowStore({
    ...roomy,
    maxFlows: 5000,
    onDrop: (row) => announced.push(`${row} ${store.uuidAt(row) ?? "-"}`),
  });
  for (let index = 0; index < 5003; index++) store.append(makeFlow({ uuid: `u${index}` }));
  assert.deepEqual(announced, ["0 u0", "1 u1", "2 u2"]);
  assert.deepEqual([store.first, store.end, store.dropped], [3, 5003, 3]);
  assert.deepEqual([store.uuidAt(3), store.uuidAt(4999), store.uuidAt(5002)], ["u3", "u4999", "u5002"]);
});

test("every row is kept while there is room", () => {
  const store = new FlowStore(roomy);
  for (let index = 0; index < 10_000; index++) {
    store.append(makeFlow({ uuid: `u${index}`, time: testTime(index), nodeName: `n${index % 7}` }));
  }
  const wrong = Array.from({ length: 10_000 }, (_, row) => row).filter(
    (row) =>
      store.uuidAt(row) !== `u${row}` ||
      store.timeAt(row).nanos !== testTime(row).nanos ||
      store.strings.get(store.columns.nodeName[store.slotOf(row)] ?? 0) !== `n${row % 7}`,
  );
  assert.deepEqual(wrong, []);
});

test("raw bytes are bounded, the newest row stays", () => {
  const store = new FlowStore({ maxFlows: 1000, maxBytes: 3 << 20 });
  for (let index = 0; index < 100; index++) store.append(makeFlow(), new Uint8Array(100_000).fill(index));
  assert.ok(store.bytes <= 3 << 20, `${store.bytes} bytes`);
  assert.ok(store.end - store.first >= 20, `${store.end - store.first} rows`);
  for (let row = store.first; row < store.end; row++) assert.equal(store.rawAt(row)?.[99_999], row);
  store.append(makeFlow(), new Uint8Array(10 << 20).fill(7));
  assert.deepEqual([store.first, store.end, store.rawAt(100)?.[5]], [100, 101, 7]);
});

test("clearing frees everything and rows go on counting", () => {
  const store = new FlowStore(roomy);
  store.append(makeFlow({ uuid: "a" }), new Uint8Array(10));
  store.appendNotice(lost(1));
  store.clear();
  assert.deepEqual([store.first, store.end, store.noticeAt(1)], [2, 2, undefined]);
  assert.ok(store.bytes < 50_000, `${store.bytes} bytes`);
  assert.equal(store.append(makeFlow({ uuid: "a" })), 2);
});

test("notices hold their place among flows", () => {
  const store = new FlowStore({ ...roomy, maxFlows: 2 });
  store.append(makeFlow());
  const row = store.appendNotice(lost(3));
  assert.equal(row, 1);
  assert.deepEqual(
    [store.noticeAt(0), store.noticeAt(1), columnsOf(store, 1)["kind"]],
    [undefined, lost(3), 2],
  );
  store.append(makeFlow());
  store.append(makeFlow());
  assert.equal(store.noticeAt(1), undefined);
});

test("bounds can change while flows are held", () => {
  const store = new FlowStore(roomy);
  for (let index = 0; index < 9000; index++) store.append(makeFlow({ uuid: `u${index}` }));
  store.setBounds({ maxFlows: 10, maxBytes: 1 << 20 });
  assert.deepEqual(
    [store.first, store.end, store.uuidAt(8990), store.hasUuid("u8989")],
    [8990, 9000, "u8990", false],
  );
  store.append(makeFlow({ uuid: "next" }));
  assert.deepEqual([store.first, store.uuidAt(9000), store.uuidAt(8991)], [8991, "next", "u8991"]);
  store.setBounds({ maxFlows: 20, maxBytes: 1 << 20 });
  for (let index = 0; index < 15; index++) store.append(makeFlow());
  assert.deepEqual([store.first, store.end, store.uuidAt(9000)], [8996, 9016, "next"]);
});

test("dictionaries forget under churn; the generation says so and held rows keep their meaning", () => {
  const store = new FlowStore({ ...roomy, maxFlows: 100 });
  const labels = ["k8s:app=churn"];
  for (let index = 0; index < 30_000; index++) {
    store.append(
      makeFlow({
        source: makeEndpoint(`default/pod-${index}`, { labels }),
        destination: makeEndpoint("default/stays"),
        nodeName: "node",
      }),
    );
  }
  assert.ok(store.generation >= 2, `generation ${store.generation}`);
  assert.ok(store.endpoints.size < 5000, `${store.endpoints.size} endpoints`);
  for (let row = store.first; row < store.end; row++) {
    const slot = store.slotOf(row);
    assert.equal(store.endpoints.get(store.columns.source[slot] ?? 0)?.podName, `pod-${row}`);
    assert.equal(store.endpoints.get(store.columns.destination[slot] ?? 0)?.podName, "stays");
    assert.equal(store.strings.get(store.columns.nodeName[slot] ?? 0), "node");
  }
});

function lost(count: number): Notice {
  return { kind: "lost-events", time: testTime(0), nodeName: "n", source: "HUBBLE_RING_BUFFER", count };
}
