import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Flow, Notice } from "../../src/flows/flow.ts";
import { FlowPrinter, textFormats, type TextFormat } from "../../src/flows/flowPrinter.ts";
import { withoutEscapes } from "../../src/flows/paint.ts";
import { defaultPrintOptions, type PrintOptions } from "../../src/flows/printedFields.ts";
import { quoteText } from "../../src/flows/quoteText.ts";
import { TabWriter } from "../../src/flows/tabWriter.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { fixtureText, hubbleMessages } from "../support/hubbleFixture.ts";
import { makeEndpoint, makeFlow } from "../support/makeFlow.ts";

const time = { seconds: 1234, nanos: 567_800_000 };
const dropped = makeFlow({
  time,
  nodeName: "k8s1",
  verdict: "DROPPED",
  eventType: 1,
  eventSubType: 133,
  isReply: false,
  ip: { source: "fd00::1", destination: "2.2.2.2", version: "IPv4", encrypted: false },
  source: makeEndpoint("/", { identity: 4 }),
  destination: makeEndpoint("shop/cart", { identity: 12345 }),
  l4: { protocol: "TCP", sourcePort: 31793, destinationPort: 8080 },
  summary: "TCP Flags: SYN",
});
const lost: Notice = {
  kind: "lost-events",
  time,
  nodeName: "node-name",
  source: "HUBBLE_RING_BUFFER",
  count: 1,
  cpu: 5,
};
const unavailable: Notice = {
  kind: "node-status",
  time,
  nodeName: "relay",
  state: "NODE_UNAVAILABLE",
  nodeNames: ["a", "b"],
  message: "",
};

/** What a printer prints of these, one after the other. */
function print(
  format: TextFormat,
  events: readonly (Flow | Notice)[],
  options: Partial<PrintOptions> = {},
): string {
  const printer = new FlowPrinter(format, { ...defaultPrintOptions, ...options });
  const lines = events.map((event) => ("kind" in event ? printer.notice(event) : printer.flow(event)));
  return [...lines, printer.end()].filter((line) => line !== undefined).join("\n");
}

describe("whole outputs of the real CLI, byte for byte", () => {
  for (const format of textFormats) {
    test(format, () => {
      const events = hubbleMessages.map(readResponse).flatMap((read): readonly (Flow | Notice)[] => {
        if (read.kind === "flow") return [read.flow];
        return read.kind === "notice" && read.notice.kind === "lost-events" ? [read.notice] : [];
      });
      const printed = print(format, events, { policyNames: format === "compact" });
      assert.equal(`${printed}\n`, fixtureText(`hubble-cli/${format}.txt`));
    });
  }
});

describe("formats", () => {
  const outputs: readonly [string, string, string][] = [
    [
      "a dict",
      print("dict", [dropped, dropped], { nodeName: true }),
      `  TIMESTAMP: Jan  1 00:20:34.567
       NODE: k8s1
     SOURCE: [fd00::1]:31793
DESTINATION: shop/cart:8080
       TYPE: Policy denied
    VERDICT: DROPPED
    SUMMARY: TCP Flags: SYN
------------
  TIMESTAMP: Jan  1 00:20:34.567
       NODE: k8s1
     SOURCE: [fd00::1]:31793
DESTINATION: shop/cart:8080
       TYPE: Policy denied
    VERDICT: DROPPED
    SUMMARY: TCP Flags: SYN`,
    ],
    [
      "a dict of notices",
      print("dict", [unavailable, lost, { ...unavailable, state: "NODE_ERROR", message: 'no "way"' }], {
        nodeName: true,
      }),
      `  TIMESTAMP: Jan  1 00:20:34.567
      STATE: NODE_UNAVAILABLE
      NODES: a, b
    MESSAGE: N/A
------------
  TIMESTAMP: Jan  1 00:20:34.567
       NODE: node-name
     SOURCE: HUBBLE_RING_BUFFER
       TYPE: EVENTS LOST
    VERDICT: -
    SUMMARY: CPU(5) - 1
------------
  TIMESTAMP: Jan  1 00:20:34.567
      STATE: NODE_ERROR
      NODES: a, b
    MESSAGE: "no \\"way\\""`,
    ],
    [
      "a table",
      print("table", [dropped, lost], { nodeName: true, color: true }),
      `TIMESTAMP             NODE        SOURCE               DESTINATION      TYPE            VERDICT   SUMMARY
Jan  1 00:20:34.567   k8s1        [fd00::1]:31793      shop/cart:8080   Policy denied   DROPPED   TCP Flags: SYN
Jan  1 00:20:34.567   node-name   HUBBLE_RING_BUFFER   -                EVENTS LOST     -         CPU(5) - 1`,
    ],
    ["a table of nothing", print("table", []), ""],
    [
      "lost events with the times of the first and the last",
      print("compact", [{ ...lost, first: { seconds: 1230, nanos: 0 }, last: time }]),
      "Jan  1 00:20:34.567 EVENTS LOST: HUBBLE_RING_BUFFER CPU(5) 1" +
        " (first: Jan  1 00:20:30.000, last: Jan  1 00:20:34.567)",
    ],
    [
      "an event without a time",
      print("compact", [{ ...lost, time: { seconds: 0, nanos: 0 } }]),
      "N/A EVENTS LOST: HUBBLE_RING_BUFFER CPU(5) 1",
    ],
  ];
  for (const [what, printed, expected] of outputs) {
    test(what, () => {
      assert.equal(printed, expected);
    });
  }
});

describe("colours", () => {
  /** Sequences in a form that can be read: `‹36›`. */
  const readable = (text: string) => text.replaceAll(/\x1b\[(\d+)m/g, "‹$1›");

  test("names, ports, identities and verdicts of a compact line", () => {
    assert.equal(
      readable(print("compact", [dropped], { color: true })),
      "Jan  1 00:20:34.567: ‹36›[fd00::1]:‹33›31793‹0›‹0› ‹35›(health)‹0› -> " +
        "‹36›shop/cart:‹33›8080‹0›‹0› ‹35›(ID:12345)‹0› Policy denied ‹31›DROPPED‹0› (TCP Flags: SYN)",
    );
  });

  const parts: readonly [Partial<Flow>, RegExp][] = [
    [{ verdict: "FORWARDED" }, /VERDICT: ‹32›FORWARDED‹0›\n/],
    [{ verdict: "REDIRECTED", eventType: 5 }, /VERDICT: ‹32›ALLOWED‹0›\n/],
    [{ verdict: "ERROR" }, /VERDICT: ‹31›ERROR‹0›\n/],
    [{ verdict: "AUDIT" }, /VERDICT: ‹33›AUDIT‹0›\n/],
    [{ verdict: "TRACED" }, /VERDICT: ‹33›TRACED‹0›\n/],
    [{ verdict: "TRANSLATED" }, /VERDICT: ‹33›TRANSLATED‹0›\n/],
    [{ verdict: "VERDICT_UNKNOWN" }, /VERDICT: VERDICT_UNKNOWN\n/],
    [{ authType: "SPIRE" }, /SUMMARY: TCP Flags: SYN; Auth: ‹32›SPIRE‹0›$/],
    [{ authType: "TEST_ALWAYS_FAIL" }, /; Auth: ‹31›TEST_ALWAYS_FAIL‹0›$/],
    [{ l4: { protocol: "ICMPv4", type: 8, code: 0 } }, /SOURCE: ‹36›fd00::1‹0›\n/],
  ];
  for (const [change, expected] of parts) {
    test(`${JSON.stringify(change)} in a dict`, () => {
      assert.match(readable(print("dict", [{ ...dropped, ...change }], { color: true })), expected);
    });
  }

  test("a frame has hardware addresses in colour, or nothing at all", () => {
    const bare = makeFlow({ time });
    const withAddresses = { ...bare, ethernet: { source: "aa:bb", destination: "cc:dd" } };
    assert.match(readable(print("dict", [bare], { color: true })), /SOURCE: \nDESTINATION: \n/);
    assert.match(readable(print("dict", [withAddresses], { color: true })), /SOURCE: ‹36›aa:bb‹0›\n/);
  });

  test("what strangers write cannot steer the terminal; with colours on it may still have some", () => {
    const hostile = "\x1b[2J \x1b[31mred\x1b[0m \x1b]0;title\x07\r";
    assert.equal(withoutEscapes(hostile), "^[[2J ^[[31mred^[[0m ^[]0;title\x07\\r");
    assert.equal(withoutEscapes(hostile, true), "^[[2J \x1b[31mred\x1b[0m ^[]0;title\x07\\r");
  });
});

describe("aligned columns", () => {
  const tables: readonly [string, string, string][] = [
    ["the last cell is as wide as it is", "a\tb\nlonger\tc", "a        b\nlonger   c"],
    ["the narrowest column", "\tb\n\tc", "   b\n   c"],
    ["a row without tabs ends the columns", "a\tb\nalone\nlonger\tc", "a   b\nalone\nlonger   c"],
    ["a form feed ends a row", "a\tb\fc", "a   b\nc"],
    ["a vertical tab ends a cell", "a\vb\nlonger\tc", "a        b\nlonger   c"],
    ["fewer cells end a column", "a\tlonger\tc\nd\te\nf\tg\th", "a   longer   c\nd   e\nf   g   h"],
    ["characters, not bytes", "ä𝄞\tb\naaa\tc", "ä𝄞    b\naaa   c"],
  ];
  for (const [what, cells, expected] of tables) {
    test(what, () => {
      const writer = new TabWriter();
      const lines = [writer.write(cells), writer.end()].filter((line) => line !== undefined);
      assert.equal(lines.join("\n"), expected);
    });
  }

  test("rows wait for the end, or for a row without tabs", () => {
    const writer = new TabWriter();
    assert.deepEqual(
      [writer.write("a\tb"), writer.write("alone"), writer.write("c\td"), writer.end(), writer.end()],
      [undefined, "a   b\nalone", undefined, "c   d", undefined],
    );
  });
});

test("quoted texts are Go's", () => {
  const texts: readonly [string, string][] = [
    ["plain ä 𝄞", '"plain ä 𝄞"'],
    ['a "b" \\', '"a \\"b\\" \\\\"'],
    ["\x07\b\f\n\r\t\v\x00\x7f", '"\\a\\b\\f\\n\\r\\t\\v\\x00\\x7f"'],
    ["\u00a0\u200b\u{e0001}", '"\\u00a0\\u200b\\U000e0001"'],
  ];
  for (const [text, expected] of texts) assert.equal(quoteText(text), expected);
});
