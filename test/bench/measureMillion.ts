import { BenchProcess } from "./benchProcess.ts";
import type { PartResult } from "./benchKeys.ts";
import type { MillionCalls } from "./millionProcess.ts";

type Report = (text: string) => void;

/** Filtering a million held flows, beside the same predicates on decoded flow objects; in a process of its own. */
export async function measureFiltering(onProgress: Report): Promise<PartResult> {
  await using process = new BenchProcess<MillionCalls>("test/bench/millionProcess.ts");
  const { ratio, ...filters } = await process.ask("filter", null);
  for (const [name, { columnsNs, objectsNs }] of Object.entries(filters)) {
    onProgress(`filter: ${name}, ${columnsNs.toFixed(2)} ns per row; objects ${objectsNs.toFixed(1)} ns`);
  }
  return { figures: { filter_1m_vs_objects: { value: ratio } }, details: { filter_1m: filters } };
}

/** Counting a changed policy over a million held flows, beside evaluating each flow; in a process of its own. */
export async function measureRetallying(onProgress: Report): Promise<PartResult> {
  await using process = new BenchProcess<MillionCalls>("test/bench/millionProcess.ts");
  const times = await process.ask("retally", null);
  onProgress(
    `retally: ${Math.round(times.columnsMs)} ms for a million; flow by flow ${Math.round(times.naiveMs)} ms`,
  );
  return { figures: { retally_1m_vs_naive: { value: times.ratio } }, details: { retally_1m: times } };
}
