import assert from "node:assert/strict";
import test from "node:test";
import type { RecordingState } from "../../src/protocol/engine.ts";
import { relayAddress } from "../../src/ui/commands/relayAddress.ts";
import { agoText, countText, rateText, shortCountText, spanText } from "../../src/ui/numberText.ts";
import { type SnapshotToCome, statusText } from "../../src/ui/session/sessionText.ts";
import { untranslated as t } from "../../src/ui/translate.ts";
import {
  closedFailure,
  demoTarget,
  kubernetesTarget,
  makeFigures,
  makeSnapshot,
} from "../support/makeSnapshot.ts";

const recording: RecordingState = {
  ...{ path: "/a/a.jsonl", sinceMs: 0, redacted: false, filtered: false },
  ...{ flows: 1_204, bytes: 9, files: 1, notRecorded: 0 },
};

test("numbers are short where they stand for a size and whole where they are counts", () => {
  const cases: readonly [number, whole: string, short: string][] = [
    [0, "0", "0"],
    [999, "999", "999"],
    [1_000, "1,000", "1 k"],
    [1_234, "1,234", "1.2 k"],
    [9_949, "9,949", "9.9 k"],
    [9_950, "9,950", "10 k"],
    [999_499, "999,499", "999 k"],
    [999_500, "999,500", "1 M"],
    [12_345_678, "12,345,678", "12 M"],
  ];
  for (const [count, whole, short] of cases) {
    assert.equal(countText(count), whole);
    assert.equal(shortCountText(count), short);
  }
  assert.deepEqual([0, 0.25, 9.94, 9.95, 1_234.6].map(rateText), ["0", "0.3", "9.9", "10", "1,235"]);
});

test("times are told in their largest unit", () => {
  const second = 1_000;
  const spans = [
    -5,
    999,
    42 * second,
    60 * second,
    3_599 * second,
    3_600 * second,
    47 * 3_600 * second,
    48 * 3_600 * second,
  ];
  assert.deepEqual(spans.map(spanText), ["0 s", "0 s", "42 s", "1 min", "59 min", "1 h", "47 h", "2 d"]);
  assert.equal(agoText(5_000, 5_999, t), "just now");
  assert.equal(agoText(9_000, 5_000, t), "just now");
  assert.equal(agoText(5_000, 17_000, t), "12 s ago");
});

test("an address is taken as people write it, and refused when it cannot be one", () => {
  const cases: readonly [string, string | undefined][] = [
    ["localhost:4245", "localhost:4245"],
    [" 10.0.0.1:80 ", "10.0.0.1:80"],
    ["hubble-relay.kube-system.svc", "hubble-relay.kube-system.svc:4245"],
    ["tcp://localhost:4245/", "localhost:4245"],
    ["[::1]:4245", "[::1]:4245"],
    ["[::1]", "[::1]:4245"],
    ["::1", undefined],
    ["localhost:0", undefined],
    ["localhost:65536", undefined],
    ["two words:1", undefined],
    ["", undefined],
  ];
  for (const [input, expected] of cases) assert.equal(relayAddress(input), expected, input);
});

test("the status bar tells what is connected and how it fares", () => {
  const flows = makeFigures({ held: 9_818, perSecond: 38.4 });
  const cases: readonly [Partial<SnapshotToCome>, text: string, detail: string][] = [
    [{}, "$(search) Hubble", "Hubble: not connected"],
    [{ beginning: "demo" }, "$(loading~spin) demo", "Hubble: starting the demo cluster"],
    [{ beginning: "connection" }, "$(loading~spin) Hubble", "Hubble: connecting"],
    [
      { state: { name: "connecting", target: kubernetesTarget, step: "find-relay" } },
      "$(loading~spin) kind-prod",
      "Hubble: connecting to kind-prod, finding Hubble Relay",
    ],
    [
      { state: { name: "streaming", target: kubernetesTarget, sinceMs: 0 }, flows },
      "$(pulse) kind-prod · 38/s",
      "Hubble: kind-prod · kube-system/hubble-relay, 38 flows/s, 9,818 held",
    ],
    [
      { state: { name: "streaming", target: demoTarget, sinceMs: 0 }, flows },
      "$(pulse) demo · 38/s",
      "Hubble: demo cluster, 38 flows/s, 9,818 held",
    ],
    [
      { state: { name: "paused", target: kubernetesTarget } },
      "$(debug-pause) kind-prod",
      "Hubble: paused, because nothing that shows flows is open",
    ],
    [
      {
        state: {
          name: "waiting",
          target: kubernetesTarget,
          untilMs: 4_000,
          attempt: 1,
          failure: closedFailure,
        },
      },
      "$(warning) kind-prod",
      "The relay closed the connection. Trying again in 4 s.",
    ],
    [
      {
        state: {
          name: "failed",
          target: { kind: "address", address: "localhost:1" },
          failure: closedFailure,
        },
      },
      "$(error) localhost:1",
      "The relay closed the connection.",
    ],
    [
      { source: { kind: "reading", path: "/a/flows.jsonl", bytesRead: 429, totalBytes: 1_000 }, flows },
      "$(loading~spin) flows.jsonl",
      "Hubble: reading flows.jsonl, 42 %",
    ],
    [
      { source: { kind: "reading", path: "/a/pipe", bytesRead: 429, totalBytes: 0 }, flows },
      "$(loading~spin) pipe",
      "Hubble: reading pipe",
    ],
    [
      {
        source: {
          kind: "capture",
          summary: { path: "C:\\a\\flows.jsonl", flows: 9_818, brokenCount: 0, brokenLines: [], files: [] },
        },
        flows,
      },
      "$(file) flows.jsonl",
      "Hubble: capture flows.jsonl, 9,818 flows",
    ],
    [
      { source: { kind: "following", path: "/a/events.log", state: { kind: "waiting" }, rotations: 0 } },
      "$(watch) events.log",
      "Hubble: waiting for events.log: there is no such file",
    ],
    [
      { recording: { ...recording, notRecorded: 7 } },
      "$(search) Hubble $(record)",
      "Hubble: not connected\nrecording to a.jsonl: 1,204 flows, 7 missing because the disk is too slow",
    ],
    [
      { recording: { ...recording, failure: "The disk is full." } },
      "$(search) Hubble $(warning)",
      "Hubble: not connected\nthe recording to a.jsonl failed: The disk is full.",
    ],
  ];
  for (const [given, text, detail] of cases) {
    const { beginning, ...told } = given;
    assert.deepEqual(statusText({ ...makeSnapshot(told), beginning }, 500, t), { text, detail });
  }
});
