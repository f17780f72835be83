import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFlow } from "../../src/demo/encodeFlow.ts";
import { demoNodes } from "../../src/demo/demoCluster.ts";
import { fieldMaskPruner } from "../../src/demo/fieldMask.ts";
import { FlowHub } from "../../src/demo/flowHub.ts";
import { MergedReader } from "../../src/demo/mergedReader.ts";
import type { FlowQuery } from "../../src/demo/nodeReader.ts";
import type { DemoEvent } from "../../src/demo/simulation.ts";
import { responseToJson } from "../../src/hubble/jsonpb.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { writeNotice } from "../../src/hubble/writeResponse.ts";
import { makeEndpoint, makeFlow, testTime } from "../support/makeFlow.ts";

/** The event of a second, seen by the node that is its turn; its number is its source port. */
function eventAt(second: number): DemoEvent {
  const node = demoNodes[second % 3] ?? demoNodes[0];
  const time = testTime(second * 1000);
  const l4 = { protocol: "TCP", sourcePort: second, destinationPort: 80 } as const;
  return { node, time, flow: makeFlow({ time, l4, nodeName: node.fullName, uuid: `u${second}` }) };
}

function lossAt(second: number): DemoEvent {
  const node = demoNodes[0];
  const time = testTime(second * 1000);
  const source = "OBSERVER_EVENTS_QUEUE";
  return { node, time, notice: { kind: "lost-events", time, nodeName: node.fullName, source, count: 5 } };
}

function hubWith(seconds: number): FlowHub {
  const hub = new FlowHub();
  hub.append(Array.from({ length: seconds }, (_, second) => eventAt(second)));
  return hub;
}

const everything: FlowQuery = { number: 0, first: false, follow: false, matches: () => true };

/** What a reader has to tell: the numbers of events, and losses as `lost 5`. */
function told(reader: MergedReader): readonly (number | string)[] {
  const all: (number | string)[] = [];
  for (let raw = reader.next(); raw; raw = reader.next()) {
    const read = readResponse(raw);
    if (read.kind === "flow") all.push(read.flow.l4?.protocol === "TCP" ? read.flow.l4.sourcePort : -1);
    else if (read.kind === "notice" && read.notice.kind === "lost-events")
      all.push(`lost ${read.notice.count}`);
  }
  return all;
}

const queries: readonly (readonly [string, Partial<FlowQuery>, readonly number[]])[] = [
  ["everything", {}, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ["the last two of each node", { number: 2 }, [6, 7, 8, 9, 10, 11]],
  ["the first of each node", { number: 1, first: true }, [0, 1, 2]],
  ["more than there is", { number: 100 }, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
  ["since", { since: testTime(8_000) }, [8, 9, 10, 11]],
  ["since outdoes number, which then counts from there", { since: testTime(5_000), number: 1 }, [5, 6, 7]],
  ["since outdoes first", { since: testTime(9_500), first: true }, [10, 11]],
  ["until", { until: testTime(2_500) }, [0, 1, 2]],
  ["between", { since: testTime(2_000), until: testTime(4_000) }, [2, 3, 4]],
  ["the last two up to a time", { number: 2, until: testTime(7_000) }, [6, 7]],
  ["following from now on", { follow: true }, []],
  ["following after the last of each node", { follow: true, number: 1 }, [9, 10, 11]],
  ["following since", { follow: true, since: testTime(10_000) }, [10, 11]],
  [
    "the last two that match",
    { number: 2, matches: ({ l4 }) => l4?.protocol === "TCP" && l4.sourcePort % 2 === 0 },
    [2, 0, 4, 6, 8, 10].sort((a, b) => a - b),
  ],
];

for (const [name, query, expected] of queries) {
  test(`a query for ${name}`, () => {
    const reader = new MergedReader(hubWith(12), { ...everything, ...query });
    assert.deepEqual(told(reader), expected);
    assert.equal(reader.ended, query.follow !== true);
  });
}

test("who follows gets what comes, who does not follow gets what was there", () => {
  const hub = hubWith(3);
  const following = new MergedReader(hub, { ...everything, follow: true });
  const asking = new MergedReader(hub, everything);
  hub.append([eventAt(3), lossAt(4), eventAt(5)]);
  assert.deepEqual(told(following), [3, "lost 5", 5]);
  assert.deepEqual(told(asking), [0, 1, 2]);
});

test("losses are told whatever was asked for", () => {
  const hub = new FlowHub();
  hub.append([eventAt(0), lossAt(1), eventAt(3)]);
  assert.deepEqual(told(new MergedReader(hub, { ...everything, matches: () => false })), ["lost 5"]);
});

test("a ring holds the newest 4095 events; who is overtaken is told how many were missed", () => {
  const hub = hubWith(3);
  const following = new MergedReader(hub, { ...everything, follow: true, number: 1 });
  hub.append(Array.from({ length: 4_100 }, (_, index) => eventAt(3 + index * 3)));
  assert.deepEqual(hub.held, { count: 4_097, max: 12_285 });
  assert.equal(hub.seen, 4_103);
  const [first, second, third, fourth, ...rest] = told(following);
  assert.deepEqual([first, second, third, fourth, rest.length], ["lost 6", 1, 2, 18, 4_094]);
});

test("figures are those of the last minute, namespaces those of the time that is asked about", () => {
  const hub = hubWith(90);
  const seconds = testTime(90_000).seconds;
  assert.equal(hub.flowsPerSecond(seconds), 1);
  const { node } = eventAt(0);
  const source = makeEndpoint("shop/cart");
  hub.append([{ node, time: testTime(91_000), flow: makeFlow({ time: testTime(91_000), source }) }]);
  assert.deepEqual(hub.namespacesSince(seconds), ["shop"]);
  assert.deepEqual(hub.namespacesSince(seconds + 2), []);
});

const flow = makeFlow({
  uuid: "u1",
  nodeName: "default/k8s-w1",
  source: makeEndpoint("default/xwing", { identity: 7, labels: ["k8s:a=b", "k8s:c"] }),
  l4: { protocol: "TCP", sourcePort: 1, destinationPort: 80, flags: ["SYN"] },
});
const envelope = { node_name: "default/k8s-w1", time: "2026-01-02T03:04:05Z" };

const masks: readonly (readonly [readonly string[], unknown])[] = [
  [["uuid"], { flow: { uuid: "u1" }, ...envelope }],
  [["source.labels"], { flow: { source: { labels: ["k8s:a=b", "k8s:c"] } }, ...envelope }],
  [
    ["source.identity", "source.pod_name", "l4.TCP.destination_port"],
    {
      flow: { source: { identity: 7, pod_name: "xwing" }, l4: { TCP: { destination_port: 80 } } },
      ...envelope,
    },
  ],
  [
    ["l4", "l4.TCP.flags"],
    { flow: { l4: { TCP: { source_port: 1, destination_port: 80, flags: { SYN: true } } } }, ...envelope },
  ],
  [
    ["l4.TCP.flags", "l4.TCP"],
    { flow: { l4: { TCP: { source_port: 1, destination_port: 80, flags: { SYN: true } } } }, ...envelope },
  ],
  [["l7"], { flow: {}, ...envelope }],
];

for (const [paths, expected] of masks) {
  test(`the field mask ${paths.join()}`, () => {
    const prune = fieldMaskPruner(paths);
    assert.ok(typeof prune === "function");
    assert.deepEqual(JSON.parse(responseToJson(prune(encodeFlow(flow)))), expected);
  });
}

test("a field mask leaves losses alone, and refuses what is no field", () => {
  const prune = fieldMaskPruner(["uuid"]);
  assert.ok(typeof prune === "function");
  const time = testTime(0);
  const loss = writeNotice({
    kind: "lost-events",
    time,
    nodeName: "n",
    source: "HUBBLE_RING_BUFFER",
    count: 3,
  });
  assert.deepEqual(prune(loss), loss);
  for (const path of ["", "nope", "source.nope", "uuid.more", "source."]) {
    assert.deepEqual(fieldMaskPruner([path]), { error: `invalid field mask path ${path}` });
  }
});
