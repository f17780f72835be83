import type { PartResult } from "./benchKeys.ts";
import { measureEvaluation } from "./evaluatePolicies.ts";
import { measureReading } from "./readLongTexts.ts";

/** Deciding by large sets of policies, and reading long ones; prints a table of each. */
export function measurePolicies(): PartResult {
  const times = measureEvaluation();
  console.log(
    "Deciding distinct connections by policies; one rule after another is measured on a sample and scaled:",
  );
  console.table(
    times.map(({ layout, rules, keys, prepareMs, indexedMs, naiveMs, ratio }) => ({
      "rules are": layout,
      rules,
      connections: keys,
      "prepare (ms)": Math.round(prepareMs),
      "by index (ms)": Math.round(indexedMs),
      "one by one (ms)": Math.round(naiveMs),
      "index / one by one": ratio.toFixed(4),
    })),
  );
  const readings = measureReading();
  console.log("Reading long texts; and again, when the last of the documents has changed:");
  console.table(
    readings.map(({ layout, megabytes, rules, readMs, longestStepMs, againMs }) => ({
      "text is": layout,
      MB: megabytes.toFixed(1),
      rules,
      "read (ms)": Math.round(readMs),
      "longest step (ms)": Math.round(longestStepMs),
      "again (ms)": Math.round(againMs),
    })),
  );
  const worst = Math.max(...times.map(({ ratio }) => ratio));
  return { figures: { evaluate_vs_naive: { value: worst } }, details: { evaluate: times, read: readings } };
}
