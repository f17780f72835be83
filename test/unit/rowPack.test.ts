import assert from "node:assert/strict";
import test from "node:test";
import type { FlowRow } from "../../src/protocol/engine.ts";
import { packRows, packWindow, unpackRows, unpackWindow } from "../../src/protocol/rowPack.ts";

const flow: FlowRow = {
  type: "flow",
  row: 7,
  timeMs: 1_700_000_000_123,
  source: "default/xwing-1",
  destination: "default/deathstar-2",
  port: "80",
  event: "policy-verdict:L3-L4 INGRESS",
  verdict: "allowed",
  tone: "forwarded",
  summary: "TCP Flags: SYN",
};
const notice: FlowRow = { type: "notice", row: 8, timeMs: 1, text: "3 s not seen: the connection was lost" };

const cases: readonly (readonly [name: string, rows: readonly FlowRow[]])[] = [
  ["nothing", []],
  ["one flow", [flow]],
  ["one notice", [notice]],
  ["equal rows", [flow, flow, notice, flow]],
  ["empty texts", [{ ...flow, source: "", destination: "", port: "", event: "", verdict: "", summary: "" }]],
  [
    "texts beyond ASCII",
    [
      { ...flow, summary: "GET /äöü → 200 — 你好" },
      { ...notice, text: "é" },
    ],
  ],
  [
    "emoji",
    [
      { ...flow, summary: "👩‍🚀🚀" },
      { ...flow, summary: "🚀" },
    ],
  ],
  ["halves of a pair, which meet", [{ ...flow, source: "\ud83d", destination: "\ude80" }, notice]],
  ["a mark of byte order", [{ ...flow, source: "\ufeffa", destination: "\ufeff" }]],
  ["a zero character", [{ ...flow, source: "\0", destination: "\0\0" }]],
  ["huge numbers", [{ ...flow, row: Number.MAX_SAFE_INTEGER, timeMs: 8.64e15 }]],
  ["times before 1970, and parts of a ms", [{ ...notice, timeMs: -62_135_596_800_000.5 }]],
  ["a text longer than one call takes", [{ ...notice, text: "x".repeat(100_000) }, flow]],
];

for (const [name, rows] of cases) {
  test(`rows come out as they went in: ${name}`, () => {
    assert.deepEqual(unpackRows(packRows(rows)), rows);
  });
}

test("random rows come out as they went in", () => {
  const random = randomFrom(12_345);
  const alphabet = ["a", "b/", "é", "你", "🚀", "\ud800", "\udc00", " ", "0"];
  const text = () =>
    Array.from(
      { length: Math.floor(random() * 6) },
      () => alphabet[Math.floor(random() * alphabet.length)] ?? "",
    ).join("");
  const tones = ["forwarded", "denied", "error", "audited", "other"] as const;
  for (let round = 0; round < 300; round++) {
    const rows = Array.from({ length: Math.floor(random() * 40) }, (): FlowRow => {
      const row = Math.floor(random() * 2 ** 53);
      const timeMs = (random() - 0.5) * 1e16;
      if (random() < 0.2) return { type: "notice", row, timeMs, text: text() };
      const [source, destination, port, event, verdict] = [text(), text(), text(), text(), text()];
      const tone = tones[Math.floor(random() * tones.length)] ?? "other";
      return { type: "flow", row, timeMs, source, destination, port, event, verdict, tone, summary: text() };
    });
    assert.deepEqual(unpackRows(packRows(rows)), rows);
  }
});

test("equal texts are packed once", () => {
  const one = packRows([flow]).byteLength;
  const thousand = packRows(Array.from({ length: 1_000 }, () => flow)).byteLength;
  assert.ok(thousand - one <= 999 * 41 + 3, `${one} and ${thousand} bytes`);
});

test("a window keeps its figures", () => {
  const window = { view: 3, first: 10, end: 12, from: 11, rows: [flow] };
  const { packed, ...figures } = packWindow(window);
  assert.deepEqual(figures, { view: 3, first: 10, end: 12, from: 11 });
  assert.deepEqual(unpackWindow({ packed, ...figures }), window);
});

test("every part of a pack is refused", () => {
  const whole = packRows([flow, notice]);
  for (let length = 0; length < whole.byteLength; length++) {
    assert.throws(() => unpackRows(whole.slice(0, length)), /came broken/, `the first ${length} bytes`);
  }
  const longer = new Uint8Array(whole.byteLength + 1);
  longer.set(new Uint8Array(whole));
  assert.throws(() => unpackRows(longer.buffer), /came broken/);
});

test("a pack with any byte changed is read or refused, and brings no more rows than it has", () => {
  const whole = packRows([flow, { ...notice, text: "你" }, flow]);
  let refused = 0;
  for (let at = 0; at < whole.byteLength; at++) {
    for (const value of [0, 1, 0x7f, 0xff]) {
      const changed = new Uint8Array(whole.slice(0));
      changed[at] = value;
      try {
        assert.equal(unpackRows(changed.buffer).length, 3);
      } catch (error) {
        assert.match(String(error), /came broken/);
        refused += 1;
      }
    }
  }
  assert.ok(refused > 100, String(refused));
});

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
