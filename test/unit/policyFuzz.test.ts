import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzedText, fuzzOnce } from "../support/policyFuzzer.ts";
import { readSeeds } from "../support/policySeeds.ts";

const seeds = readSeeds();

test("mutated policies neither throw nor hang, and what is said of them lies within the text", () => {
  assert.ok(seeds.length > 100, "there are policies to begin with");
  const until = performance.now() + 2000;
  // The first hundred are always run, however slow the machine is.
  for (let index = 0; index < 100 || performance.now() < until; index++) {
    const failure = fuzzOnce(seeds, 1, index);
    assert.equal(failure, undefined, failure && `case ${failure.index}: ${failure.reason}\n${failure.text}`);
  }
});

test("seed and number decide the text", () => {
  assert.equal(fuzzedText(seeds, 7, 1234), fuzzedText(seeds, 7, 1234));
  assert.notEqual(fuzzedText(seeds, 7, 1234), fuzzedText(seeds, 8, 1234));
});
