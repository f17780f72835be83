import { Engine, type EngineOptions } from "../../src/engine/engine.ts";
import { silentLogger } from "../../src/base/logger.ts";
import { allFlows, type FlowSelection } from "../../src/flows/flowFilter.ts";
import type { EngineSnapshot, FlowRow, Interest } from "../../src/protocol/engine.ts";
import { unpackWindow } from "../../src/protocol/rowPack.ts";

/** Short enough for tests, long enough for loopback. */
export const shortTimings = {
  answerMs: 2_000,
  firstWaitMs: 60,
  longestWaitMs: 500,
  stableMs: 500,
  pollMs: 150,
  settleMs: 200,
  settleAtMostMs: 2_000,
  pauseAfterMs: 150,
  snapshotMs: 20,
  typingMs: 10,
};

/** An engine in this thread, with what a test wants to see of it. */
export class EngineProbe {
  readonly engine: Engine;
  readonly snapshots: EngineSnapshot[] = [];
  /** How often the session found its history complete. */
  settled = 0;

  constructor(options: Partial<EngineOptions> = {}) {
    const debug = (_area: string, message: string) => {
      if (message === "The history is in") this.settled += 1;
    };
    const logger = { ...silentLogger, debug };
    this.engine = new Engine({ logger, timings: shortTimings, ...options });
    this.engine.onSnapshot((snapshot) => this.snapshots.push(snapshot));
  }

  /** The names of the states that were told, without repetitions. */
  get states(): readonly string[] {
    return this.snapshots
      .map(({ state }) => state.name)
      .filter((name, index, names) => name !== names[index - 1]);
  }

  async connect(address: string): Promise<void> {
    await this.engine.handle("connect", { target: { kind: "address", address } });
  }

  /** Opens a view and looks at it. */
  async view(selection: FlowSelection = allFlows, interest: Partial<Interest> = {}): Promise<number> {
    const { view } = await this.engine.handle("openView", { selection });
    await this.engine.handle("setInterest", { groups: false, documents: false, views: true, ...interest });
    return view;
  }

  /** Waits for a snapshot, the last one included, of which something holds. */
  async until(
    what: string,
    holds: (snapshot: EngineSnapshot) => boolean,
    withinMs = 10_000,
  ): Promise<EngineSnapshot> {
    const last = this.snapshots.at(-1);
    if (last && holds(last)) return last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        listening.dispose();
        reject(
          new Error(`not within ${withinMs} ms: ${what}; last ${JSON.stringify(this.snapshots.at(-1))}`),
        );
      }, withinMs);
      const listening = this.engine.onSnapshot((snapshot) => {
        if (!holds(snapshot)) return;
        clearTimeout(timer);
        listening.dispose();
        resolve(snapshot);
      });
    });
  }

  async untilState(name: EngineSnapshot["state"]["name"]): Promise<EngineSnapshot> {
    return this.until(`state ${name}`, ({ state }) => state.name === name);
  }

  /** Waits until a view has so many rows, and answers all of them. */
  async untilRows(view: number, count: number): Promise<readonly FlowRow[]> {
    await this.until(`${count} rows`, ({ views }) => {
      const figures = views.find((each) => each.view === view);
      return figures !== undefined && figures.end - figures.first >= count;
    });
    return this.rows(view);
  }

  async rows(view: number): Promise<readonly FlowRow[]> {
    return unpackWindow(await this.engine.handle("rows", { view, from: 0, count: 1_000 })).rows;
  }

  /** The view's rows, each by its uuid; a notice by its text. */
  async uuids(view: number): Promise<readonly string[]> {
    const names: string[] = [];
    for (const row of await this.rows(view)) {
      const details = await this.engine.handle("details", { row: row.row });
      names.push(
        row.type === "notice"
          ? `[${row.text}]`
          : (details?.fields.find(({ name }) => name === "UUID")?.value ?? "-"),
      );
    }
    return names;
  }
}
