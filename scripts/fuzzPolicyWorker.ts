// The thread that fuzzes: its owner can end it when a case does not come back.
import { parentPort, workerData } from "node:worker_threads";
import { fuzzOnce } from "../test/support/policyFuzzer.ts";
import { readSeeds } from "../test/support/policySeeds.ts";

const { seed, first, runs, corpus, current } = workerData as {
  seed: number;
  first: number;
  runs: number;
  corpus: string;
  /** The number of the case under way, for the owner to watch. */
  current: Int32Array;
};

const seeds = readSeeds(corpus);
parentPort?.postMessage({ seeds: seeds.length });
for (let index = first; index < runs; index++) {
  Atomics.store(current, 0, index);
  const failure = fuzzOnce(seeds, seed, index);
  if (failure) parentPort?.postMessage({ failure });
}
