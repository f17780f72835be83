import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CaptureWindow, type CaptureWindowOptions } from "../../src/cli/captureWindow.ts";
import { resolveRange } from "../../src/cli/flowsRequest.ts";
import { writeFlow, writeNotice } from "../../src/hubble/writeResponse.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { makeFlow } from "../support/makeFlow.ts";

const time = { seconds: 1, nanos: 0 };
const lost = { kind: "lost-events", time, nodeName: "", source: "HUBBLE_RING_BUFFER", count: 1 } as const;

/** Events by letter, `!` for lost events: those used while they came, and those used at the end. */
function choose(events: string, options: Partial<CaptureWindowOptions>): string {
  let used = "";
  const window = new CaptureWindow({ first: false, countsNotices: true, ...options }, (_raw, response) => {
    used += response.kind === "flow" ? (response.flow.uuid ?? "") : "!";
  });
  const shared = new Uint8Array(1000);
  const add = (event: string) => {
    const bytes = event === "!" ? writeNotice(lost) : writeFlow(makeFlow({ uuid: event }));
    // Whoever reads uses its buffer again.
    shared.set(bytes);
    const raw = shared.subarray(0, bytes.length);
    window.add(raw, readResponse(raw));
  };
  const [before = "", after = ""] = events.split("|");
  for (const event of before) add(event);
  used += "|";
  window.end();
  for (const event of after) add(event);
  return used + (window.isFull ? " full" : "");
}

describe("the stretch of a capture", () => {
  const stretches: readonly [string, string, Partial<CaptureWindowOptions>, string][] = [
    ["all at once", "abc", {}, "abc|"],
    ["the first", "abc", { first: true, number: 2 }, "ab| full"],
    ["the first of fewer", "abc", { first: true, number: 4 }, "abc|"],
    ["the newest", "abcdefg", { number: 3 }, "|efg"],
    ["the newest of fewer", "ab", { number: 3 }, "|ab"],
    ["the newest one", "abcdefg", { number: 1 }, "|g"],
    ["notices count", "ab!c!", { number: 2 }, "|c!"],
    ["notices do not count", "a!b!c!", { number: 2, countsNotices: false }, "|!b!c!"],
    ["what comes after the end", "abc|de", { number: 2 }, "|bcde"],
  ];
  for (const [what, events, options, expected] of stretches) {
    test(what, () => {
      assert.equal(choose(events, options), expected);
    });
  }

  test("a million events hold no more than are wanted", () => {
    const raw = writeFlow(makeFlow({ uuid: "a" }));
    const response = readResponse(raw);
    let used = 0;
    const window = new CaptureWindow({ first: false, number: 1000, countsNotices: true }, () => (used += 1));
    for (let count = 0; count < 1_000_000; count++) window.add(raw, response);
    window.end();
    assert.equal(used, 1000);
  });
});

test("what is said of a stretch, resolved as the CLI does", () => {
  const since = { seconds: 1, nanos: 0 };
  const until = { seconds: 2, nanos: 0 };
  const everything = Number.MAX_SAFE_INTEGER;
  assert.deepEqual(
    [
      resolveRange({}, "relay"),
      resolveRange({}, "capture"),
      resolveRange({ all: true }, "relay"),
      resolveRange({ all: true }, "capture"),
      resolveRange({ last: 2 ** 64 }, "relay"),
      resolveRange({ follow: true, until }, "relay"),
      resolveRange({ since, until, all: true }, "relay"),
      resolveRange({ since, first: 3 }, "capture"),
    ],
    [
      { first: false, follow: false, number: 20 },
      { first: false, follow: false },
      { first: false, follow: false, number: everything },
      { first: false, follow: false },
      { first: false, follow: false, number: everything },
      { first: false, follow: true },
      { first: false, follow: false, since, until },
      { first: true, follow: false, since, number: 3 },
    ],
  );
});
