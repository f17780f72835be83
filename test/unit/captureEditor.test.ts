import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { captureEditorPage } from "../../src/ui/views/captureEditorPage.ts";
import { captureEditorState } from "../../src/ui/views/captureEditorState.ts";
import type { EngineSnapshot, FlowSource } from "../../src/protocol/engine.ts";
import { makeSnapshot } from "../support/makeSnapshot.ts";

const path = "/a/flows.jsonl";
const t = (text: string, ...values: readonly (string | number)[]) =>
  text.replace(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));

const summaryOf = (more: object) => ({
  kind: "capture" as const,
  summary: {
    ...{ path, flows: 2_000, brokenCount: 0, brokenLines: [] },
    files: [{ path, events: 2_000, brokenCount: 0, brokenLines: [], ...more }],
  },
});

/** Where the flows come from, what the page says of its file, and its first button. */
const states: readonly (readonly [string, FlowSource, Partial<EngineSnapshot>, readonly string[], string])[] =
  [
    [
      "nothing",
      { kind: "none" },
      {},
      ["The panel Hubble Flows does not show this file."],
      "Show Flows of This File",
    ],
    [
      "another file",
      { kind: "capture", summary: { ...summaryOf({}).summary, path: "/b", files: [] } },
      {},
      ["The panel Hubble Flows does not show this file."],
      "Show Flows of This File",
    ],
    [
      "a session",
      { kind: "none" },
      { state: { name: "paused", target: { kind: "demo", address: "a:1" } } },
      ["The panel Hubble Flows shows another source: demo cluster. Opening this file ends that session."],
      "Show Flows of This File",
    ],
    [
      "it, half read",
      { kind: "reading", path, bytesRead: 5, totalBytes: 10 },
      {},
      ["Reading flows.jsonl, 50 %"],
      "Show Flows",
    ],
    [
      "it, followed",
      { kind: "following", path, state: { kind: "following", bytesRead: 5 }, rotations: 0 },
      {},
      ["Following flows.jsonl"],
      "Show Flows",
    ],
    ["it", summaryOf({}), {}, ["0 flows are held of 2,000 that were read."], "Show Flows"],
    [
      "it, with broken lines",
      summaryOf({
        brokenCount: 2,
        brokenLines: [{ line: 3, message: "no JSON" }],
        trouble: "It is cut off.",
      }),
      {},
      [
        "0 flows are held of 2,000 that were read.",
        "It is cut off.",
        "Lines that could not be read: 2",
        "Line 3: no JSON",
        "and 1 more: the log lists them",
      ],
      "Show Flows",
    ],
  ];

describe("the tab of a capture", () => {
  for (const [what, source, more, lines, first] of states) {
    test(`while the panel shows ${what}`, () => {
      const state = captureEditorState(makeSnapshot({ source, ...more }), path, t);
      assert.deepEqual(state.lines, lines);
      assert.deepEqual([state.title, state.actions[0]?.label], ["flows.jsonl", first]);
    });
  }

  test("the page holds no script, and nothing of a file's name or text is taken for one", () => {
    const hostile = `<img src=x onerror="alert(1)">`;
    const uri = `file:///a/"${hostile}.jsonl`;
    const page = captureEditorPage(
      {
        title: hostile,
        lines: [hostile, "more"],
        actions: [{ label: hostile, command: "hubbleLens.openAsCapture", ofFile: true }],
      },
      uri,
    );
    assert.equal(page.includes("<img"), false);
    assert.equal(page.includes("<script"), false);
    assert.match(page, /default-src 'none'/);
    const link = /href="command:hubbleLens\.openAsCapture\?([^"]+)"/.exec(page)?.[1] ?? "";
    assert.deepEqual(JSON.parse(decodeURIComponent(link.replaceAll("&#39;", "'"))), [uri]);
  });
});
