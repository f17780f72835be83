// A client of the benchmark: the thread that people type on, with the engine in its worker, as the extension has it.
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { projectRoot } from "../../scripts/projectRoot.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { EngineProxy } from "../../src/engine/engineProxy.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import type { EngineSnapshot } from "../../src/protocol/engine.ts";
import { until } from "../support/until.ts";
import { benchPolicies } from "./benchPolicies.ts";
import { serveCalls } from "./benchProcess.ts";
import { measureLoopDelay } from "./loopDelay.ts";

/** What a while of the thread came to. */
export interface ThreadFigures {
  /** CPU time of this thread alone, user and system. */
  readonly cpuUs: number;
  readonly flows: number;
  /** Windows of rows that were fetched. */
  readonly windows: number;
}

/** What the process can be asked. */
export type MainThreadCalls = {
  readonly connect: { params: { address: string }; reply: null };
  readonly watch: { params: { ms: number }; reply: ThreadFigures };
  /** The event loop's delay, 99th percentile, in ms. Its timer of 1 ms costs more than all else: not while watching. */
  readonly delay: { params: { ms: number }; reply: number };
};

const rowsInSight = 40;
const logger = {
  ...silentLogger,
  error: (area: string, message: string) => {
    console.error(`${area}: ${message}`);
  },
};
const engine = new EngineProxy(join(projectRoot, "dist", "engineWorker.js"), logger);
let snapshot: EngineSnapshot | undefined;
let windows = 0;

async function connect(address: string): Promise<void> {
  await engine.request("configure", {
    maxFlows: 100_000,
    maxBytes: 256 * 2 ** 20,
    historyPerNode: 1_000,
    clusterName: "prod",
  });
  const texts = Object.entries(benchPolicies);
  await engine.request("setApplied", { texts: texts.map(([, text]) => text) });
  await engine.request("setInterest", { groups: true, documents: true, views: true });
  for (const [name, text] of texts) {
    await engine.request("setDocument", { uri: `file:///${name}`, version: 1, text });
  }
  const { view } = await engine.request("openView", { selection: allFlows });
  followRows(view);
  await engine.request("connect", { target: { kind: "address", address } });
  await until("the stream is open", () => snapshot?.state.name === "streaming");
}

/** Does what a table that follows does: on each snapshot asks for the newest rows, one request at a time. */
function followRows(view: number): void {
  let fetching = false;
  engine.onSnapshot((next) => {
    snapshot = next;
    const figures = next.views.find((each) => each.view === view);
    if (figures === undefined || figures.end === figures.first || fetching) return;
    fetching = true;
    const from = Math.max(figures.first, figures.end - rowsInSight);
    engine
      .request("rows", { view, from, count: rowsInSight })
      .then(() => {
        windows += 1;
      })
      .finally(() => {
        fetching = false;
      })
      .catch((error: unknown) => {
        throw error;
      });
  });
}

serveCalls<MainThreadCalls>({
  connect: async ({ address }) => {
    await connect(address);
    return null;
  },
  watch: async ({ ms }) => {
    const before = { flows: snapshot?.flows.seen ?? 0, windows, cpu: process.threadCpuUsage() };
    await setTimeout(ms);
    const { user, system } = process.threadCpuUsage(before.cpu);
    return {
      cpuUs: user + system,
      flows: (snapshot?.flows.seen ?? 0) - before.flows,
      windows: windows - before.windows,
    };
  },
  delay: async ({ ms }) => (await measureLoopDelay(() => setTimeout(ms))).p99,
});
