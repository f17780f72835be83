// `npm run fuzz:policy -- --runs N --seed S`: reads and judges N mutated policies; fails when one throws, hangs, or has a
// place outside its text. `--only INDEX` prints one case.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { type FuzzFailure, fuzzedText, limitMs } from "../test/support/policyFuzzer.ts";
import { readSeeds } from "../test/support/policySeeds.ts";
import { projectRoot } from "./projectRoot.ts";

const corpus = join(projectRoot, "..", "shared", "corpus", "policies");
/** A case that takes longer than this never ends. */
const hangMs = 5 * limitMs;
const watchMs = 500;
const shownFailures = 10;

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    only: { type: "string" },
  },
});
const [runs, seed] = [Number(values.runs), Number(values.seed)];
if (!Number.isSafeInteger(runs) || !Number.isSafeInteger(seed) || runs < 1 || seed < 0 || seed >= 2 ** 20) {
  throw new Error("--runs takes a whole number, --seed one below 1048576");
}

if (values.only === undefined) process.exitCode = (await fuzz()) === 0 ? 0 : 1;
else console.log(fuzzedText(readSeeds(corpus), seed, Number(values.only)));

async function fuzz(): Promise<number> {
  const start = performance.now();
  let failures = 0;
  const fail = (failure: FuzzFailure): void => {
    failures += 1;
    if (failures <= shownFailures) console.log(`case ${failure.index}: ${failure.reason}\n${failure.text}\n`);
  };
  for (let first = 0; first < runs; ) {
    const hung = await fuzzFrom(first, fail, start);
    if (hung === undefined) break;
    fail({
      index: hung,
      reason: `did not end within ${hangMs} ms`,
      text: fuzzedText(readSeeds(corpus), seed, hung),
    });
    first = hung + 1;
  }
  const seconds = (performance.now() - start) / 1000;
  console.log(`runs ${runs}, seed ${seed}, failures ${failures}, ${seconds.toFixed(0)} s`);
  return failures;
}

/** Runs all cases from one on in a thread; answers the number of the one that hung, after ending the thread. */
async function fuzzFrom(
  first: number,
  fail: (failure: FuzzFailure) => void,
  start: number,
): Promise<number | undefined> {
  const current = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(new URL("fuzzPolicyWorker.ts", import.meta.url), {
    workerData: { seed, first, runs, corpus, current },
  });
  let seen = -1;
  let sinceMs = performance.now();
  let shown = Math.floor(first / 10_000);
  let hung: number | undefined;
  const watch = setInterval(() => {
    const index = Atomics.load(current, 0);
    if (index !== seen) [seen, sinceMs] = [index, performance.now()];
    else if (performance.now() - sinceMs > hangMs) {
      hung = index;
      void worker.terminate();
    }
    if (Math.floor(index / 10_000) > shown) {
      shown = Math.floor(index / 10_000);
      const perSecond = Math.round(index / ((performance.now() - start) / 1000));
      console.log(`${index} of ${runs}, ${perSecond} a second`);
    }
  }, watchMs);
  worker.on("message", (message: { failure?: FuzzFailure; seeds?: number }) => {
    if (message.failure) fail(message.failure);
    if (message.seeds !== undefined) console.log(`${message.seeds} policies to begin with`);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      worker.on("error", reject);
      worker.on("exit", () => {
        resolve();
      });
    });
  } finally {
    clearInterval(watch);
  }
  return hung;
}
