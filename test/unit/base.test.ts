import assert from "node:assert/strict";
import test from "node:test";
import { assertNever } from "../../src/base/assertNever.ts";
import {
  DisposableStore,
  leakedDisposables,
  toDisposable,
  trackDisposables,
} from "../../src/base/disposable.ts";
import { Emitter } from "../../src/base/event.ts";
import { parseAddress, parseAddressBlock } from "../../src/base/ipAddress.ts";
import { compilePattern } from "../../src/base/pattern.ts";
import { LineIndex } from "../../src/base/textRange.ts";

test("disposables are disposed once, last in first out, and at once when they come too late", () => {
  const log: string[] = [];
  const store = new DisposableStore();
  for (const name of ["a", "b", "c"]) store.add(toDisposable(() => log.push(name)));
  const early = store.add(toDisposable(() => log.push("early")));
  early.dispose();
  store.dispose();
  store.dispose();
  store.add(toDisposable(() => log.push("late")));
  assert.deepEqual(log, ["early", "c", "b", "a", "late"]);
  assert.equal(store.isDisposed, true);
});

test("what is not disposed is found", () => {
  trackDisposables();
  const open = new DisposableStore();
  const forgotten = toDisposable(() => undefined);
  open.add(toDisposable(() => undefined));
  assert.equal(leakedDisposables().length, 3);
  assert.match(leakedDisposables()[0] ?? "", /base\.test\.ts/);
  open.dispose();
  forgotten.dispose();
  assert.deepEqual(leakedDisposables(), []);
});

test("an event calls its listeners in order until they are disposed", () => {
  const log: string[] = [];
  const emitter = new Emitter<number>();
  const first = emitter.event((value) => log.push(`first ${value}`));
  const second = emitter.event((value) => {
    log.push(`second ${value}`);
    emitter.event((late) => log.push(`late ${late}`));
    second.dispose();
  });
  emitter.fire(1);
  first.dispose();
  emitter.fire(2);
  trackDisposables();
  emitter.event(() => undefined);
  emitter.dispose();
  emitter.fire(3);
  assert.deepEqual(leakedDisposables(), []);
  assert.deepEqual(log, ["first 1", "second 1", "late 2"]);
});

test("a value outside its type throws", () => {
  assert.throws(() => assertNever("other" as never), /Unexpected value: "other"/);
});

const addresses: readonly [text: string, expected: string | undefined][] = [
  ["10.0.0.1", "10.0.0.1"],
  ["255.255.255.255", "255.255.255.255"],
  ["::1", "::1"],
  ["2001:DB8:0:0::5", "2001:db8::5"],
  ["::ffff:10.1.2.3", "10.1.2.3"],
  ["10.0.0", undefined],
  ["10.0.0.256", undefined],
  ["010.0.0.1", undefined],
  ["0x0a.0.0.1", undefined],
  ["1", undefined],
  ["", undefined],
  [" 10.0.0.1", undefined],
  ["10.0.0.1 ", undefined],
  ["1::2::3", undefined],
  ["fe80::g", undefined],
];

for (const [text, expected] of addresses) {
  test(`address ${JSON.stringify(text)}`, () => {
    assert.equal(parseAddress(text)?.toString(), expected);
  });
}

const blocks: readonly [block: string, address: string, expected: boolean | undefined][] = [
  ["10.0.0.0/8", "10.255.0.1", true],
  ["10.0.0.0/8", "11.0.0.1", false],
  ["10.1.2.3/8", "10.200.0.1", true],
  ["0.0.0.0/0", "8.8.8.8", true],
  ["0.0.0.0/0", "::1", false],
  ["::/0", "8.8.8.8", false],
  ["::/0", "2001:db8::1", true],
  ["2001:db8::/32", "2001:db8:1::9", true],
  ["2001:db8::/32", "2001:db9::9", false],
  ["10.0.0.7/32", "10.0.0.7", true],
  ["10.0.0.7/32", "::ffff:10.0.0.7", true],
  ["10.0.0.0/33", "10.0.0.1", undefined],
  ["10.0.0.0", "10.0.0.1", undefined],
  ["10.0.0.0/", "10.0.0.1", undefined],
  ["10.0.0.0/08", "10.0.0.1", undefined],
  ["10.0.0.0/-1", "10.0.0.1", undefined],
  ["::/129", "::1", undefined],
  ["/8", "10.0.0.1", undefined],
];

for (const [block, text, expected] of blocks) {
  test(`does ${block} contain ${text}?`, () => {
    const address = parseAddress(text);
    assert.ok(address);
    assert.equal(parseAddressBlock(block)?.contains(address), expected);
  });
}

const patterns: readonly [source: string, text: string, somewhere: boolean, whole: boolean][] = [
  ["b", "abc", true, false],
  ["a.c", "abc", true, true],
  ["a|ab", "ab", true, true],
  ["^/v1/", "/v1/request-landing", true, false],
  ["", "", true, true],
  ["(?i)GET", "get", true, true],
];

for (const [source, text, somewhere, whole] of patterns) {
  test(`pattern ${JSON.stringify(source)} on ${JSON.stringify(text)}`, () => {
    const pattern = compilePattern(source);
    assert.ok(!("error" in pattern));
    assert.deepEqual([pattern.matches(text), pattern.matchesWhole(text)], [somewhere, whole]);
  });
}

test("a pattern that RE2 does not know is an error, not an exception", () => {
  for (const source of ["(", "a(?=b)", "\\1", "[z-a]"]) {
    const pattern = compilePattern(source);
    assert.ok("error" in pattern && pattern.error.length > 0, source);
  }
});

test("a catastrophic pattern takes linear time", () => {
  const pattern = compilePattern("(a+)+$");
  assert.ok(!("error" in pattern));
  assert.equal(pattern.matches(`${"a".repeat(20_000)}!`), false);
});

test("lines and columns of offsets", () => {
  const index = new LineIndex("ab\ncd\r\n\nlast");
  const expected: readonly [offset: number, line: number, column: number][] = [
    [0, 1, 1],
    [2, 1, 3],
    [3, 2, 1],
    [7, 3, 1],
    [8, 4, 1],
    [12, 4, 5],
    [99, 4, 92],
  ];
  assert.deepEqual(
    expected.map(([offset]) => index.at(offset)),
    expected.map(([, line, column]) => ({ line, column })),
  );
  assert.deepEqual(new LineIndex("").at(0), { line: 1, column: 1 });
});
