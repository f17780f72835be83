import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { SeededRandom } from "../../src/demo/seededRandom.ts";
import type { Flow, Notice } from "../../src/flows/flow.ts";
import { EndpointCache } from "../../src/hubble/endpointCache.ts";
import { GetFlowsResponseSchema } from "../../src/hubble/gen/observer/observer_pb.js";
import { type ReadResponse, readResponse } from "../../src/hubble/readResponse.ts";
import { writeFlow, writeNotice } from "../../src/hubble/writeResponse.ts";
import { hubbleMessages, rawOf } from "../support/hubbleFixture.ts";

describe("reading a message", () => {
  test("every flow of the fixture comes back as it was written", () => {
    const kinds = new Set<string>();
    for (const raw of hubbleMessages) {
      const read = readResponse(raw);
      assert.notEqual(read.kind, "undecodable");
      assert.deepEqual(readResponse(write(read)), read);
      if (read.kind === "flow") kinds.add(kindOf(read.flow));
    }
    assert.ok(kinds.size > 25, [...kinds].join("\n"));
  });

  test("what a flow does not carry is absent, and the response stands in for time and node", () => {
    const raw = message({
      nodeName: "k8s-w1",
      time: { seconds: 5n, nanos: 7 },
      responseTypes: { case: "flow", value: {} },
    });
    assert.deepEqual(flowOf(raw), {
      time: { seconds: 5, nanos: 7 },
      nodeName: "k8s-w1",
      verdict: "VERDICT_UNKNOWN",
      type: "UNKNOWN_TYPE",
      eventType: 0,
      eventSubType: 0,
      trafficDirection: "TRAFFIC_DIRECTION_UNKNOWN",
      source: nobody,
      destination: nobody,
      sourceNames: [],
      destinationNames: [],
      policyMatchType: 0,
      ingressAllowedBy: [],
      ingressDeniedBy: [],
      egressAllowedBy: [],
      egressDeniedBy: [],
      policyLog: [],
      traceObservationPoint: "UNKNOWN_POINT",
      traceReason: "TRACE_REASON_UNKNOWN",
      debugCapturePoint: "DBG_CAPTURE_POINT_UNKNOWN",
      sockXlatePoint: "SOCK_XLATE_POINT_UNKNOWN",
    });
  });

  test("numbers that a newer relay may send do not get lost, or become unknown", () => {
    const line = '{"flow":{"verdict":99,"drop_reason_desc":999,"time":"9999-12-31T23:59:59Z"}}';
    const flow = flowOf(rawOf(line));
    assert.equal(flow.verdict, "VERDICT_UNKNOWN");
    assert.equal(flow.dropReasonDesc, "999");
    assert.deepEqual(flow.time, { seconds: 253402300799, nanos: 0 });
    const late = message({
      responseTypes: { case: "flow", value: { time: { seconds: 10n ** 15n, nanos: -1 } } },
    });
    assert.deepEqual(flowOf(late).time, flow.time, "moved to the last second that there is");
  });

  test("equal endpoints are one object", () => {
    const raw = message({
      responseTypes: { case: "flow", value: { source: { podName: "xwing", labels: ["k8s:org=alliance"] } } },
    });
    const first = flowOf(raw);
    assert.equal(flowOf(raw).source, first.source);
    assert.notEqual(first.source, first.destination);
  });

  const notices: readonly Exclude<Notice, { kind: "gap" }>[] = [
    { kind: "lost-events", time: at(1), nodeName: "a", source: "HUBBLE_RING_BUFFER", count: 42 },
    { kind: "lost-events", time: at(2), nodeName: "", source: "PERF_EVENT_RING_BUFFER", count: 1, cpu: 0 },
    {
      kind: "node-status",
      time: at(3),
      nodeName: "a",
      state: "NODE_UNAVAILABLE",
      nodeNames: ["b", "c"],
      message: "refused",
    },
  ];
  for (const notice of notices) {
    test(`a notice comes back as it was written: ${JSON.stringify(notice)}`, () => {
      assert.deepEqual(readResponse(writeNotice(notice)), { kind: "notice", notice });
    });
  }

  const undecodable: readonly [string, Uint8Array, string][] = [
    ["nothing", Uint8Array.of(), "a response without an event"],
    ["only a time", message({ time: { seconds: 1n } }), "a response without an event"],
    ["an unknown event", Uint8Array.of(0x22, 1, 0), "an unknown kind of event (field 4)"],
  ];
  for (const [what, raw, expected] of undecodable) {
    test(`${what} is undecodable, with a reason`, () => {
      assert.deepEqual(readResponse(raw), { kind: "undecodable", message: expected });
    });
  }

  test("a message that is cut off anywhere is read or undecodable, and never an exception", () => {
    for (const raw of hubbleMessages.slice(0, 40)) {
      for (let length = 0; length < raw.length; length++) {
        assertRead(readResponse(raw.subarray(0, length)));
      }
    }
  });

  test("hostile bytes are read or undecodable, and never an exception", () => {
    const random = new SeededRandom(20_260_102);
    let undecodableCount = 0;
    for (let run = 0; run < 20_000; run++) {
      const bytes = Uint8Array.from(random.pick(hubbleMessages));
      for (let change = random.integer(1, 6); change > 0; change--) {
        bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
      }
      const read = readResponse(bytes);
      assertRead(read);
      if (read.kind === "undecodable") undecodableCount += 1;
    }
    assert.ok(undecodableCount > 1_000, `${undecodableCount} undecodable`);
  });

  test("groups nested without end are undecodable", () => {
    assert.equal(readResponse(new Uint8Array(1 << 20).fill(0x23)).kind, "undecodable");
  });
});

test("the endpoint cache shares what is used, forgets what is not, and tells apart what only looks alike", () => {
  const cache = new EndpointCache(2);
  const named = (podName: string) => cache.share({ ...nobody, podName });
  const first = named("a");
  named("b");
  assert.equal(named("a"), first, "still young");
  named("c");
  assert.equal(named("a"), first, "old, and young again");
  for (const name of ["d", "e", "f", "g"]) named(name);
  assert.notEqual(named("a"), first, "forgotten");

  const labels = cache.share({ ...nobody, labels: ["a", "b"] });
  assert.notEqual(cache.share({ ...nobody, labels: ["a\n1:b"] }), labels);
  assert.notEqual(cache.share({ ...nobody, podName: "a", labels: ["b"] }), labels);
});

const nobody = {
  id: 0,
  identity: 0,
  clusterName: "",
  namespace: "",
  podName: "",
  labels: [],
  workloads: [],
};

function at(seconds: number): Flow["time"] {
  return { seconds, nanos: 500 };
}

function message(init: MessageInitShape<typeof GetFlowsResponseSchema>): Uint8Array {
  return toBinary(GetFlowsResponseSchema, create(GetFlowsResponseSchema, init));
}

function flowOf(raw: Uint8Array): Flow {
  const read = readResponse(raw);
  assert.ok(read.kind === "flow", JSON.stringify(read));
  return read.flow;
}

function write(read: ReadResponse): Uint8Array {
  if (read.kind === "flow") return writeFlow(read.flow);
  assert.ok(read.kind === "notice" && read.notice.kind !== "gap");
  return writeNotice(read.notice);
}

function kindOf({ eventType, l4, l7, ip, verdict }: Flow): string {
  return [eventType, l4?.protocol, l7?.type, l7?.record?.protocol, ip?.version, verdict].join(" ");
}

function assertRead(read: ReadResponse): void {
  if (read.kind === "undecodable") assert.ok(read.message.length > 0);
  else if (read.kind === "flow") assert.ok(Number.isFinite(read.flow.time.seconds));
}
