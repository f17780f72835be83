import assert from "node:assert/strict";
import test from "node:test";
import { foldings } from "../../src/policy/language/foldings.ts";

const rows: readonly (readonly [title: string, text: string, folded: string])[] = [
  ["nothing", "", ""],
  ["one line", "a: b", ""],
  ["a mapping", "a:\n  b: c\nd: e\n", "0-1"],
  ["without its blank lines", "a:\n  b: c\n\n\nd: e\n", "0-1"],
  ["mappings in each other", "a:\n  b:\n    c: d\n", "0-2 1-2"],
  ["a list further in", "a:\n  - b: c\n    d: e\n  - f\n", "0-3 1-2"],
  ["a list as far in as its key", "a:\n- b: c\n  d: e\n- f\ng: h\n", "0-3 1-2"],
  ["a list in such a list", "spec:\n  ingress:\n  - from:\n    - a\n    - b\n  - c\n", "0-5 1-5 2-4"],
  ["documents", "a: b\n---\nc: d\ne: f\n---\ng: h\ni: j", "1-3 4-6"],
  ["a document with its end mark", "---\na: b\n...\n---\nc: d\n", "0-1 3-4"],
  ["comments", "# a\n# b\nc: d\n# e\n", "0-1c"],
  ["a comment within", "a:\n  # b\n  # c\n  d: e\n", "0-3 1-2c"],
  ["a comment at the end", "a: b\n# c\n# d", "1-2c"],
  ["a text of several lines", "a: |\n  b\n  c\nd: e\n", "0-2"],
  ["a flow collection of several lines", "a: {\n  b: c\n}\n", "0-1"],
  ["Windows' lines", "a:\r\n  b: c\r\n\r\nd: e\r\n", "0-1"],
  ["a byte order mark", "\uFEFFa:\n  b: c\n", "0-1"],
];

for (const [title, text, folded] of rows) {
  test(`what folds: ${title}`, () => {
    const found = foldings(text, 100).map(({ first, last, kind }) => `${first}-${last}${kind ? "c" : ""}`);
    assert.equal(found.join(" "), folded);
  });
}

test("of too many the outer ones stay", () => {
  const item = "  - a:\n      - b\n";
  const text = `---\nlist:\n${item.repeat(20)}`;
  assert.deepEqual(
    foldings(text, 4).map(({ first, last }) => [first, last]),
    [
      [0, 41],
      [1, 41],
      [2, 3],
      [4, 5],
    ],
  );
});
