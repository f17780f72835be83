// `npm run bench`: flows stream through the engine's thread while this thread does what the extension's does: takes
// snapshots, asks for the rows in sight, keeps a policy open. Prints figures; ends with status 1 when a limit is passed.
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { EngineProxy } from "../../src/engine/engineProxy.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import type { DemoMessage } from "../../src/protocol/demoControl.ts";
import type { EngineSnapshot } from "../../src/protocol/engine.ts";
import { unpackRows } from "../../src/protocol/rowPack.ts";
import { until } from "../support/until.ts";
import { benchLimits } from "./benchLimits.ts";
import { delayText, measureLoopDelay, residentMegabytes } from "./loopDelay.ts";

const dist = join(projectRoot, "dist");
const rowsInSight = 40;

async function main(): Promise<void> {
  const { flowsPerSecond, idleSeconds, warmUpSeconds, seconds } = benchLimits;
  const policy = readFileSync(join(projectRoot, "test/fixtures/tutorial/rule1-l7.yaml"), "utf8");
  const demo = fork(
    join(dist, "demoRelay.js"),
    ["--port", "0", "--seed", "1", "--rate", String(flowsPerSecond)],
    {
      execArgv: [],
    },
  );
  const engine = new EngineProxy(join(dist, "engineWorker.js"), silentLogger);
  try {
    const address = await listening(demo);
    demo.send({ type: "apply", id: 1, text: policy });
    await engine.request("configure", {
      maxFlows: 20_000,
      maxBytes: 64 * 1024 * 1024,
      historyPerNode: 1_000,
      clusterName: "default",
    });
    const idle = await measureLoopDelay(() => setTimeout(idleSeconds * 1_000));

    await engine.request("setApplied", { texts: [policy] });
    await engine.request("setInterest", { groups: true, documents: true, views: true });
    await engine.request("setDocument", { uri: "file:///rule1.yaml", version: 1, text: policy });
    const { view } = await engine.request("openView", { selection: allFlows });
    const follower = follow(engine, view);
    await engine.request("connect", { target: { kind: "demo", address } });
    await until("flows stream", () => (follower.snapshot?.flows.perSecond ?? 0) > flowsPerSecond / 2);
    await setTimeout(warmUpSeconds * 1_000);

    const seenBefore = follower.snapshot?.flows.seen ?? 0;
    const memoryBefore = residentMegabytes();
    follower.lagsMs.length = 0;
    const busy = await measureLoopDelay(() => setTimeout(seconds * 1_000));
    const memoryAfter = residentMegabytes();
    const seen = (follower.snapshot?.flows.seen ?? 0) - seenBefore;

    const lags = follower.lagsMs.toSorted((a, b) => a - b);
    const memoryGrowth = memoryAfter - memoryBefore;
    const delayGrowth = busy.p99 - idle.p99;
    console.log(
      `engine's proxy, ${flowsPerSecond} flows/s for ${seconds} s (${Math.round(seen / seconds)}/s came)`,
    );
    console.log(`  idle:     ${delayText(idle)}`);
    console.log(`  busy:     ${delayText(busy)}; p99 grew by ${delayGrowth.toFixed(2)} ms`);
    console.log(
      `  table:    ${lags.length} fetches; the newest row was ${quantile(lags, 0.5)} ms old, p99 ${quantile(lags, 0.99)} ms`,
    );
    console.log(
      `  memory:   ${memoryBefore.toFixed(0)} MB, then ${memoryAfter.toFixed(0)} MB (${memoryGrowth.toFixed(0)} MB more)`,
    );
    if (seen / seconds < flowsPerSecond / 2) fail("too few flows came");
    if (lags.length === 0) fail("the table was never fetched");
    if (delayGrowth > benchLimits.maxDelayGrowthMs) fail("the event loop's delay grew too much");
    if (memoryGrowth > benchLimits.maxMemoryGrowthMegabytes) fail("memory is not flat");
  } finally {
    await engine.dispose();
    demo.kill();
  }
}

interface Follower {
  snapshot: EngineSnapshot | undefined;
  /** How old the newest row was each time that the rows in sight came. */
  readonly lagsMs: number[];
}

/** Does what a table that follows does: on each snapshot asks for the newest rows, one request at a time. */
function follow(engine: EngineProxy, view: number): Follower {
  const follower: Follower = { snapshot: undefined, lagsMs: [] };
  let fetching = false;
  engine.onSnapshot((snapshot) => {
    follower.snapshot = snapshot;
    const figures = snapshot.views.find((each) => each.view === view);
    if (figures === undefined || figures.end === figures.first || fetching) return;
    fetching = true;
    const from = Math.max(figures.first, figures.end - rowsInSight);
    engine
      .request("rows", { view, from, count: rowsInSight })
      .then(({ packed }) => {
        const newest = unpackRows(packed).at(-1);
        if (newest !== undefined) follower.lagsMs.push(Math.round(Date.now() - newest.timeMs));
      })
      .catch((error: unknown) => {
        fail(String(error));
      })
      .finally(() => {
        fetching = false;
      });
  });
  return follower;
}

async function listening(demo: ReturnType<typeof fork>): Promise<string> {
  for (;;) {
    const [message] = (await once(demo, "message", { signal: AbortSignal.timeout(20_000) })) as [DemoMessage];
    if (message.type === "listening") return message.address;
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function fail(message: string): void {
  console.error(`✗ ${message}`);
  process.exitCode = 1;
}

await main();
