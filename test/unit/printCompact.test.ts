import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { endpointText, hostText } from "../../src/flows/endpointText.ts";
import { eventText } from "../../src/flows/eventText.ts";
import { type Flow, type Notice, verdicts } from "../../src/flows/flow.ts";
import { identityText } from "../../src/flows/identityText.ts";
import { noticeText } from "../../src/flows/noticeText.ts";
import { compactLine } from "../../src/flows/printCompact.ts";
import { defaultPrintOptions, type PrintOptions } from "../../src/flows/printedFields.ts";
import { summaryText } from "../../src/flows/summaryText.ts";
import { type TimeFormat, timeText } from "../../src/flows/timeText.ts";
import { verdictText } from "../../src/flows/verdictText.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { fixtureLines, fixtureText, hubbleMessages, rawOf } from "../support/hubbleFixture.ts";
import { makeEndpoint, makeFlow } from "../support/makeFlow.ts";

describe("whole outputs of the real CLI, byte for byte", () => {
  const tutorial = fixtureLines("tutorial/flows.jsonl").map(rawOf);
  const addresses = { ipTranslation: false } as const;
  const outputs: readonly [string, readonly Uint8Array[], Partial<PrintOptions>][] = [
    ["tutorial/compact.txt", tutorial, {}],
    ["hubble-cli/compact.txt", hubbleMessages, { policyNames: true }],
    ["hubble-cli/compact-no-translation.txt", hubbleMessages, addresses],
    [
      "hubble-cli/compact-numeric.txt",
      hubbleMessages,
      { ...addresses, nodeName: true, timeFormat: "RFC3339Nano" },
    ],
  ];
  for (const [expected, messages, options] of outputs) {
    test(expected, () => {
      assert.equal(print(messages, { ...defaultPrintOptions, ...options }), fixtureText(expected));
    });
  }

  test("node status", () => {
    const notices = hubbleMessages
      .map(readResponse)
      .flatMap((read) => (read.kind === "notice" ? [read.notice] : []));
    const lines = notices
      .filter(({ kind }) => kind === "node-status")
      .map((one) => noticeText(one, "StampMilli"));
    assert.equal(`${lines.join("\n")}\n`, fixtureText("hubble-cli/compact.stderr.txt"));
  });

  test("a summary that is missing is written as the relay would have", () => {
    for (const raw of hubbleMessages) {
      const read = readResponse(raw);
      if (read.kind !== "flow") continue;
      const { summary, ...flow } = read.flow;
      assert.equal(summaryText({ ...flow, authType: "", ipTraceId: "" }), summary);
    }
  });
});

describe("pieces of a line", () => {
  const hosts: readonly [string, Partial<Flow>, string][] = [
    ["a pod", { source: pod("shop", "cart-0"), l4: tcp(80) }, "shop/cart-0:80 (ID:7777)"],
    ["a pod without namespace", { source: pod("", "cart-0") }, "cart-0 (ID:7777)"],
    ["a service", { sourceService: { namespace: "shop", name: "cart" } }, "shop/cart (unknown)"],
    ["names", { sourceNames: ["a.com", "b.com"], l4: tcp(443) }, "a.com,b.com:443 (unknown)"],
    ["an address", { l4: tcp(443) }, "10.0.0.1:443 (unknown)"],
    ["IPv6 with a port", { ip: ip("fd00::1"), l4: tcp(53) }, "[fd00::1]:53 (unknown)"],
    ["IPv6 without", { ip: ip("fd00::1") }, "fd00::1 (unknown)"],
    ["port 0 is none", { l4: tcp(0) }, "10.0.0.1 (unknown)"],
    ["ICMP has no port", { l4: { protocol: "ICMPv4", type: 8, code: 0 } }, "10.0.0.1 (unknown)"],
  ];
  for (const [what, flow, expected] of hosts) {
    test(`endpoint: ${what}`, () => {
      assert.equal(endpointText(makeFlow({ ip: ip("10.0.0.1"), ...flow }), "source", true), expected);
    });
  }

  test("a frame without IP has hardware addresses, or nothing", () => {
    const frame = makeFlow({ ethernet: { source: "aa:bb", destination: "cc:dd" } });
    assert.equal(hostText(frame, "destination", true), "cc:dd");
    assert.equal(hostText(makeFlow(), "destination", true), "");
  });

  const events: readonly [Partial<Flow>, string][] = [
    [{ eventType: 4, eventSubType: 0 }, "to-endpoint"],
    [{ eventType: 4, eventSubType: 13 }, "to-crypto"],
    [{ eventType: 4, eventSubType: 99 }, "99"],
    [{ eventType: 1, eventSubType: 133 }, "Policy denied"],
    [{ eventType: 1, eventSubType: 181 }, "Policy denied by denylist"],
    [{ eventType: 1, eventSubType: 250 }, "250, 0"],
    [{ eventType: 5, policyMatchType: 0, trafficDirection: "INGRESS" }, "policy-verdict:none INGRESS"],
    [{ eventType: 5, policyMatchType: 77, trafficDirection: "EGRESS" }, "policy-verdict:unknown EGRESS"],
    [{ eventType: 3, debugCapturePoint: "DBG_CAPTURE_SNAT_PRE" }, "DBG_CAPTURE_SNAT_PRE"],
    [{ eventType: 7, sockXlatePoint: "SOCK_XLATE_POINT_PRE_DIRECTION_FWD" }, "pre-xlate-fwd"],
    [{ eventType: 7, sockXlatePoint: "9" }, "9"],
    [{ eventType: 129, l7: { type: "SAMPLE", latencyNs: 0 } }, "l7-sample"],
    [{ eventType: 42 }, "UNKNOWN"],
  ];
  for (const [flow, expected] of events) {
    test(`event: ${expected}`, () => {
      assert.equal(eventText(makeFlow(flow)), expected);
    });
  }

  test("verdicts keep their names, but on policy verdicts", () => {
    const texts = (eventType: number) =>
      verdicts.map((verdict) => verdictText(makeFlow({ verdict, eventType }), true));
    assert.deepEqual(texts(4), verdicts);
    assert.deepEqual(texts(5), [
      "VERDICT_UNKNOWN",
      "ALLOWED",
      "DENIED",
      "DENIED",
      "AUDITED",
      "ALLOWED",
      "TRACED",
      "TRANSLATED",
    ]);
  });

  test("several policies are named, one without a name is not, the other direction's are not", () => {
    const policy = (name: string, kind: string) => ({
      name,
      kind,
      namespace: "shop",
      labels: [],
      revision: "1",
    });
    const flow = makeFlow({
      verdict: "DROPPED",
      eventType: 5,
      trafficDirection: "EGRESS",
      egressDeniedBy: [policy("a", "NetworkPolicy"), policy("", ""), policy("b", "CiliumNetworkPolicy")],
      ingressDeniedBy: [policy("c", "NetworkPolicy")],
    });
    assert.equal(verdictText(flow, true), "DENIED BY a (NetworkPolicy), b (CiliumNetworkPolicy)");
    assert.equal(verdictText(flow, false), "DENIED");
  });

  test("identities", () => {
    assert.deepEqual([0, 1, 2, 7, 10, 255, 12397].map(identityText), [
      "(unknown)",
      "(host)",
      "(world)",
      "(kube-apiserver)",
      "(world-ipv6)",
      "(ID:255)",
      "(ID:12397)",
    ]);
  });

  const times: readonly [TimeFormat, number, string][] = [
    ["StampMilli", 9_999_999, "Jan  2 03:04:05.009"],
    ["RFC3339", 1, "2026-01-02T03:04:05Z"],
    ["RFC3339Milli", 1, "2026-01-02T03:04:05Z"],
    ["RFC3339Milli", 120_000_000, "2026-01-02T03:04:05.12Z"],
    ["RFC3339Micro", 1_500, "2026-01-02T03:04:05.000001Z"],
    ["YearMonthDay", 1, "2026-01-02"],
    ["YearMonthDayHour", 1, "2026-01-02T03Z"],
    ["YearMonthDayHourMinute", 1, "2026-01-02T03:04Z"],
    ["RFC1123Z", 1, "Fri, 02 Jan 2026 03:04:05 +0000"],
    ["RFC3339Nano", 120_000_000, "2026-01-02T03:04:05.12Z"],
    ["RFC3339Nano", 0, "2026-01-02T03:04:05Z"],
  ];
  for (const [format, nanos, expected] of times) {
    test(`time: ${format} ${nanos}`, () => {
      assert.equal(timeText({ seconds: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000, nanos }, format), expected);
    });
  }

  test("what would steer a terminal is made visible", () => {
    const line = compactLine(makeFlow({ summary: "\x1b[2J\rgone" }));
    assert.match(line, /\(\^\[\[2J\\rgone\)$/);
  });
});

describe("notices", () => {
  const time = { seconds: Date.UTC(2026, 0, 2) / 1000, nanos: 0 };
  const status = (state: string, nodeNames: readonly string[], message = "") =>
    ({ kind: "node-status", time, nodeName: "a/b", state, nodeNames, message }) as const;
  const long = Array.from({ length: 4 }, (_, index) => `cluster-of-ours/node-${index}`);
  const notices: readonly [Notice, string][] = [
    [
      { kind: "lost-events", time, nodeName: "a", source: "PERF_EVENT_RING_BUFFER", count: 7, cpu: 3 },
      "Jan  2 00:00:00.000 EVENTS LOST: PERF_EVENT_RING_BUFFER CPU(3) 7",
    ],
    [status("NODE_CONNECTED", ["x", "y"]), "Jan  2 00:00:00.000 [a/b]: Receiving flows from 2 nodes: x, y"],
    [
      status("NODE_GONE", long),
      "Jan  2 00:00:00.000 [a/b]: 4 nodes removed from cluster: cluster-of-ours/node-0, cluster-of-ours/node-1 (and 2 more)",
    ],
    [status("NODE_ERROR", ["x"], 'a "b"'), 'Jan  2 00:00:00.000 [a/b]: Error "a \\"b\\"" on 1 nodes: x'],
    [
      { kind: "gap", time, until: { ...time, nanos: 5_000_000 }, cause: "no connection" },
      "Jan  2 00:00:00.000 NOT SEEN until Jan  2 00:00:00.005: no connection",
    ],
  ];
  for (const [notice, expected] of notices) {
    test(expected, () => {
      assert.equal(noticeText(notice, "StampMilli"), expected);
    });
  }
});

function pod(namespace: string, podName: string): Flow["source"] {
  return makeEndpoint(`${namespace}/${podName}`, { identity: 7777 });
}

function tcp(sourcePort: number): NonNullable<Flow["l4"]> {
  return { protocol: "TCP", sourcePort, destinationPort: 1 };
}

function ip(source: string): NonNullable<Flow["ip"]> {
  return { source, destination: "10.0.0.2", version: "IPv4", encrypted: false };
}

function print(messages: readonly Uint8Array[], options: PrintOptions): string {
  let text = "";
  for (const raw of messages) {
    const read = readResponse(raw);
    if (read.kind === "flow") text += `${compactLine(read.flow, options)}\n`;
    else if (read.kind === "notice" && read.notice.kind === "lost-events") {
      text += `${noticeText(read.notice, options.timeFormat)}\n`;
    }
  }
  return text;
}
