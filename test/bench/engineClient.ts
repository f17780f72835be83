// A client of the benchmark: the engine as it is in its worker, with three policies open that are counted.
import { writeFile } from "node:fs/promises";
import { Session } from "node:inspector/promises";
import { parseArgs } from "node:util";
import { silentLogger } from "../../src/base/logger.ts";
import { Engine } from "../../src/engine/engine.ts";
import type { EngineSnapshot, RowDetails } from "../../src/protocol/engine.ts";
import { allFlows } from "../../src/flows/flowFilter.ts";
import { unpackRows } from "../../src/protocol/rowPack.ts";
import { until } from "../support/until.ts";
import { serveCalls } from "./benchProcess.ts";
import { benchPolicies } from "./benchPolicies.ts";
import { type Progress, type StreamCalls, type StreamClient, streamHandlers } from "./streamClient.ts";

/** Memory of a process, in bytes. */
export interface MemoryFigures {
  readonly resident: number;
  /** Of that, objects of JavaScript … */
  readonly heap: number;
  /** … and typed arrays and buffers. */
  readonly buffers: number;
}

/** What the engine's process can be asked besides. */
export type EngineClientCalls = StreamCalls & {
  /** Other bounds from now on. */
  readonly hold: { params: { maxFlows: number }; reply: null };
  /** After all garbage was collected. */
  readonly memory: { params: null; reply: MemoryFigures };
  /** Lets V8's profiler look, until it is told which file the profile goes to. */
  readonly startProfile: { params: null; reply: null };
  readonly stopProfile: { params: { path: string }; reply: null };
  /** What is held, and what a person sees of the rows at these shares (0 to 1) of all that is held. */
  readonly held: {
    params: { places: readonly number[] };
    reply: { held: number; dropped: number; details: readonly (RowDetails | null)[] };
  };
};

// As the extension has it when nobody sets anything else.
const { values } = parseArgs({
  options: {
    maxFlows: { type: "string", default: "100000" },
    maxMegabytes: { type: "string", default: "256" },
  },
});

class EngineClient implements StreamClient {
  readonly #engine = new Engine({ logger: silentLogger });
  #snapshot: EngineSnapshot | undefined;
  progress: Progress = { flows: 0, atMs: 0 };

  constructor() {
    this.#engine.onSnapshot((snapshot) => {
      this.#snapshot = snapshot;
      if (snapshot.flows.seen !== this.progress.flows) {
        this.progress = { flows: snapshot.flows.seen, atMs: performance.now() };
      }
    });
  }

  async configure(maxFlows: number): Promise<void> {
    await this.#engine.handle("configure", {
      maxFlows,
      maxBytes: Number(values.maxMegabytes) * 2 ** 20,
      historyPerNode: 1_000,
      clusterName: "prod",
    });
  }

  async connect(address: string): Promise<void> {
    const engine = this.#engine;
    await this.configure(Number(values.maxFlows));
    const texts = Object.entries(benchPolicies);
    await engine.handle("setApplied", { texts: texts.map(([, text]) => text) });
    for (const [name, text] of texts) {
      await engine.handle("setDocument", { uri: `file:///${name}`, version: 1, text });
    }
    await engine.handle("setInterest", { groups: false, documents: true, views: false });
    await engine.handle("connect", { target: { kind: "address", address } });
    // A stream on which nothing comes is open once the history counts as complete.
    await until("the stream is open", () => this.#snapshot?.state.name === "streaming");
  }

  async held(places: readonly number[]) {
    const engine = this.#engine;
    await engine.handle("setInterest", { groups: false, documents: true, views: true });
    const { view } = await engine.handle("openView", { selection: allFlows });
    const figures = await until("the view has all rows", () => {
      const { views = [], flows } = this.#snapshot ?? {};
      const found = views.find((each) => each.view === view);
      return found && found.end - found.first >= (flows?.held ?? Infinity) ? found : undefined;
    });
    const details: (RowDetails | null)[] = [];
    for (const place of places) {
      const from = figures.first + Math.floor(place * (figures.end - figures.first - 1));
      const { packed } = await engine.handle("rows", { view, from, count: 1 });
      const [row] = unpackRows(packed);
      details.push(row ? await engine.handle("details", { row: row.row }) : null);
    }
    const { held = 0, dropped = 0 } = this.#snapshot?.flows ?? {};
    return { held, dropped, details };
  }
}

const client = new EngineClient();
const profiler = new Session();
const samplingIntervalUs = 500;
serveCalls<EngineClientCalls>({
  ...streamHandlers(client),
  hold: async ({ maxFlows }) => {
    await client.configure(maxFlows);
    return null;
  },
  memory: async () => {
    if (!global.gc) throw new Error("needs --expose-gc");
    // The memory of buffers goes back a while after they were found to be garbage.
    for (let time = 0; time < 3; time++) {
      global.gc();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    return { resident: rss, heap: heapUsed, buffers: arrayBuffers };
  },
  startProfile: async () => {
    profiler.connect();
    await profiler.post("Profiler.enable");
    await profiler.post("Profiler.setSamplingInterval", { interval: samplingIntervalUs });
    await profiler.post("Profiler.start");
    return null;
  },
  stopProfile: async ({ path }) => {
    const { profile } = await profiler.post("Profiler.stop");
    await writeFile(path, JSON.stringify(profile));
    profiler.disconnect();
    return null;
  },
  held: ({ places }) => client.held(places),
});
