import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type BenchFigure, benchKeys, type PartResult } from "../bench/benchKeys.ts";
import { exceeded, joinResults, reportJson, reportText } from "../bench/benchReport.ts";
import { median, medianRatio } from "../bench/median.ts";

const names = benchKeys.map(({ name }) => name);
const withoutHubble = benchKeys.filter((key) => !("needsHubble" in key)).map(({ name }) => name);

function resultOf(entries: Readonly<Record<string, BenchFigure>>): PartResult {
  return { figures: entries };
}

describe("the report of the benchmark", () => {
  test("has these keys, flat, and those of hubble only where it was measured", () => {
    assert.deepEqual(names, [
      "ingest_vs_raw",
      "ingest_vs_protoloader",
      "compact_vs_hubble",
      "jsonpb_vs_hubble",
      "file_vs_hubble",
      "main_thread_us_per_flow",
      "bytes_per_flow_1m",
      "churn_slowdown",
      "filter_1m_vs_objects",
      "retally_1m_vs_naive",
      "rtt50_vs_default",
      "loop_delay_added_ms",
      "evaluate_vs_naive",
    ]);
    const all = resultOf(Object.fromEntries(names.map((name) => [name, { value: 1 }])));
    assert.deepEqual(Object.keys(reportJson(all)), names);
    const some = resultOf(Object.fromEntries(withoutHubble.map((name) => [name, { value: 1 }])));
    assert.deepEqual(reportJson(some), Object.fromEntries(withoutHubble.map((name) => [name, 1])));
    assert.equal(withoutHubble.length, names.length - 3);
  });

  test("has what stands behind the figures after them", () => {
    const joined = joinResults([
      { figures: { ingest_vs_raw: { value: 1.23456 } }, details: { ingest_cpu_us_per_flow: { raw: 2 } } },
      { figures: { bytes_per_flow_1m: { value: 371.6 } } },
    ]);
    assert.deepEqual(reportJson(joined), {
      ingest_vs_raw: 1.23,
      bytes_per_flow_1m: 372,
      ingest_cpu_us_per_flow: { raw: 2 },
    });
  });

  const limits: readonly (readonly [name: string, figure: BenchFigure, state: string])[] = [
    ["ingest_vs_raw", { value: 1.5 }, "ok"],
    ["ingest_vs_raw", { value: 1.51 }, "OVER"],
    ["rtt50_vs_default", { value: 40 }, "ok"],
    ["rtt50_vs_default", { value: 39.9 }, "UNDER"],
    ["loop_delay_added_ms", { value: -0.2 }, "ok"],
    ["churn_slowdown", { value: NaN }, "OVER"],
    ["compact_vs_hubble", { failure: "line 3 differs" }, "FAILED"],
  ];
  for (const [name, figure, state] of limits) {
    test(`${name} of ${JSON.stringify(figure)} is ${state}`, () => {
      const result = resultOf({ [name]: figure });
      const [, row = "", ...more] = reportText(result).split("\n");
      assert.deepEqual([row.split(/\s+/)[0], row.split(/\s+/).at(-1)], [name, state]);
      assert.deepEqual(exceeded(result), state === "ok" ? [] : [name]);
      const failures = "failure" in figure ? [`${name}: ${figure.failure}`] : [];
      assert.deepEqual(more, failures);
      if (failures.length > 0) {
        assert.deepEqual(reportJson(result), { [name]: null, failures: { [name]: "line 3 differs" } });
      }
    });
  }

  test("takes the middle of the rounds, of ratios round by round", () => {
    assert.equal(median([5, 1, 9, 3, 7]), 5);
    assert.ok(Number.isNaN(median([])));
    assert.equal(medianRatio([10, 40, 30], [10, 20, 10]), 2);
  });
});
