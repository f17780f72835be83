import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { csvCell, flowCsvColumns, flowCsvHead, flowCsvLine } from "../../src/flows/flowCsv.ts";
import { readResponse } from "../../src/hubble/readResponse.ts";
import { hubbleMessages } from "../support/hubbleFixture.ts";

/** What stands in a cell, and how it is written. */
const cells: readonly (readonly [string | number | undefined, string])[] = [
  [undefined, ""],
  ["", ""],
  ["plain", "plain"],
  ["a b", "a b"],
  ["a,b", '"a,b"'],
  ['say "hi"', '"say ""hi"""'],
  ["two\nlines", '"two\nlines"'],
  ["=1+1", "'=1+1"],
  ['=HYPERLINK("http://x","y")', `"'=HYPERLINK(""http://x"",""y"")"`],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@cmd", "'@cmd"],
  ["\t=1", "'\t=1"],
  ["\r=1", `"'\r=1"`],
  ["\n=1", `"'\n=1"`],
  ["＝1+1", "'＝1+1"],
  [-1, "-1"],
  [0, "0"],
  [1.5, "1.5"],
];
for (const [value, expected] of cells) {
  test(`a cell: ${JSON.stringify(value)}`, () => {
    assert.equal(csvCell(value), expected);
  });
}

test("each flow of every kind is a line with a cell for each column, none of them a formula", () => {
  for (const raw of hubbleMessages) {
    const read = readResponse(raw);
    if (read.kind !== "flow") continue;
    const found = readCsv(flowCsvLine(read.flow));
    assert.equal(found.length, flowCsvColumns.length);
    assert.deepEqual(
      found.filter((cell) => /^[=+@\t\r]/.test(cell)),
      [],
    );
    assert.equal(found.at(-1), read.flow.uuid ?? "");
    assert.equal(found[2], read.flow.verdict);
  }
});

test("the columns are those that the README documents", () => {
  const readme = readFileSync(join(projectRoot, "README.md"), "utf8");
  const documented = /<!-- csv -->\s*`([^`]+)`/.exec(readme)?.[1]?.replaceAll(/\s+/g, "");
  assert.equal(documented, flowCsvHead);
});

/** The cells of a line of CSV. */
function readCsv(line: string): readonly string[] {
  const found: string[] = [];
  const pattern = /(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gy;
  for (const [, quoted, plain = ""] of line.matchAll(pattern)) {
    found.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
  }
  return found;
}
