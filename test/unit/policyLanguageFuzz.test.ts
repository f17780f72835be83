import assert from "node:assert/strict";
import { test } from "node:test";
import type { TextRange } from "../../src/base/textRange.ts";
import { foldings } from "../../src/policy/language/foldings.ts";
import { policyCompletions } from "../../src/policy/language/policyCompletions.ts";
import { policyOutline, type PolicySymbol } from "../../src/policy/language/policySymbols.ts";
import { type ReadPolicies, readPolicies } from "../../src/policy/readPolicies.ts";
import { fuzzedText } from "../support/policyFuzzer.ts";
import { readSeeds } from "../support/policySeeds.ts";

const seeds = readSeeds();

/** Runs a check over mutated policies for a while; the first hundred always, however slow the machine is. */
function overMutations(check: (text: string, read: ReadPolicies) => void): void {
  const until = performance.now() + 700;
  for (let index = 0; index < 100 || performance.now() < until; index++) {
    const text = fuzzedText(seeds, 42, index);
    try {
      check(text, readPolicies(text));
    } catch (error) {
      throw new Error(`case ${index}: ${String(error)}\n${text}`, { cause: error });
    }
  }
}

test("what is offered anywhere in mutated policies replaces a part of one line", () => {
  overMutations((text) => {
    for (let part = 0; part <= 4; part++) {
      const offset = Math.floor((text.length * part) / 4);
      const replace = policyCompletions(text, offset, () => [])?.replace;
      if (!replace) continue;
      assert.ok(replace.start <= offset && offset <= replace.end);
      assert.ok(!text.slice(replace.start, replace.end).includes("\n"));
    }
  });
});

test("parts of the outline of mutated policies have names, and lie in each other", () => {
  const check = ({ name, range, selection, children }: PolicySymbol, within: TextRange): void => {
    assert.notEqual(name, "");
    assert.ok(within.start <= range.start && range.end <= within.end);
    assert.ok(range.start <= selection.start && selection.end <= range.end);
    for (const child of children) check(child, range);
  };
  overMutations((text, read) => {
    for (const symbol of policyOutline(read, 1000).symbols) check(symbol, { start: 0, end: text.length });
  });
});

test("what folds in mutated policies are lines that the text has", () => {
  overMutations((text) => {
    const lines = text.split("\n").length;
    for (const { first, last } of foldings(text, 1000)) assert.ok(0 <= first && first < last && last < lines);
  });
});

test("a mend of a mutated policy leaves YAML that can be read as well as before", () => {
  overMutations((text, { problems }) => {
    if (problems.some(({ code }) => code === "yaml-syntax")) return;
    for (const { fix, fixRange, range } of problems.slice(0, 10)) {
      if (fix === undefined) continue;
      const { start, end } = fixRange ?? range;
      assert.ok(0 <= start && start <= end && end <= text.length);
      const after = readPolicies(text.slice(0, start) + fix + text.slice(end)).problems;
      assert.ok(!after.some(({ code }) => code === "yaml-syntax"), `${fix} at ${start}`);
    }
  });
});
