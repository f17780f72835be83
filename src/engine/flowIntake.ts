import type { Logger } from "../base/logger.ts";
import { type Notice, verdicts } from "../flows/flow.ts";
import type { FlowStore } from "../flows/flowStore.ts";
import { FlowScanner } from "../hubble/flowScanner.ts";
import { type ReadResponse, readResponse } from "../hubble/readResponse.ts";
import type { LostFigure } from "../protocol/engine.ts";
import { toMs } from "./gapCheck.ts";
import { NewestTimes } from "./newestTimes.ts";
import { NodeNames } from "./nodeNames.ts";
import { RateMeter } from "./rateMeter.ts";

/**
 * Told of every flow that came, taken or not, by the number of its node among those of the intake; `repeated`: it is
 * held already, or has no uuid to tell by.
 */
export type FlowObserver = (node: number, timeMs: number, repeated: boolean) => void;

const denied = verdicts.indexOf("DROPPED");

/** Between two lines of the log about messages that cannot be decoded. */
const complainEveryMs = 10_000;
/** More lost-events notices than two streams have under way at once. */
const rememberedNotices = 512;

/**
 * Takes in what relays and captures send, message by message, and keeps the figures about it. Nothing that comes
 * is fatal: what cannot be decoded is counted and logged. Allocates nothing for a flow of which the store knows the parts.
 */
export class FlowIntake {
  readonly #store: FlowStore;
  readonly #logger: Logger;
  readonly #onAppended: (row: number) => void;
  /** Of the nodes that flows came from. */
  readonly nodes: NodeNames;
  readonly #scanner: FlowScanner;
  readonly #rate = new RateMeter();
  readonly #lost = new Map<string, { source: string; node: string; count: number }>();
  readonly #nodeStates = new Map<string, string>();
  readonly #recentLosses = new Set<string>();
  /** When the newest flow of each node happened of those that were dropped to make room, in ms since 1970. */
  readonly #droppedUntilMs = new NewestTimes();
  #seen = 0;
  #deniedLive = 0;
  /** When the first stream was opened, in ms since 1970: what happened before is history. */
  #beganMs: number | undefined;
  #undecodable = 0;
  #complainedMs = -Infinity;
  #unsaid = 0;

  /** `onAppended` is called with each row that the store got. */
  constructor(store: FlowStore, logger: Logger, onAppended: (row: number) => void) {
    this.#store = store;
    this.#logger = logger;
    this.nodes = new NodeNames(store);
    this.#scanner = new FlowScanner(store.dictionaries);
    this.#onAppended = onAppended;
  }

  /** Flows appended since the last reset. */
  get seen(): number {
    return this.#seen;
  }

  /** Of the flows {@link seen}, those with the verdict `DROPPED` that happened since the first stream was opened. */
  get deniedLive(): number {
    return this.#deniedLive;
  }

  get undecodable(): number {
    return this.#undecodable;
  }

  /** Flows that happened per second over the last 5 s: history that comes late, and captures, count for nothing. */
  get perSecond(): number {
    return this.#rate.perSecond();
  }

  lost(): readonly LostFigure[] {
    return [...this.#lost.values()].map((figure) => ({ ...figure }));
  }

  /**
   * Takes one `GetFlowsResponse` message; a flow of `liveFromMs` (ms since 1970) or later is no history, and one that is
   * history, and older than what has had to make room, is not taken: it may have been counted then. `Infinity`: a capture.
   */
  accept(raw: Uint8Array, liveFromMs = Infinity, observe?: FlowObserver): void {
    if (!this.#scanner.scan(raw)) {
      this.take(raw, readResponse(raw), liveFromMs, observe);
      return;
    }
    const { record } = this.#scanner;
    const timeMs = record.seconds * 1000 + record.nanos / 1e6;
    const node = this.nodes.ofString(record.nodeName);
    const madeRoom = this.#madeRoom(node, timeMs, liveFromMs);
    const row = madeRoom ? undefined : this.#store.appendRecord(record, raw);
    observe?.(node, timeMs, row === undefined || record.uuidForm === 0);
    if (row !== undefined) this.#appended(row, { timeMs, liveFromMs, isDenied: record.verdict === denied });
  }

  /** As {@link accept}, of what was read already. */
  take(raw: Uint8Array, response: ReadResponse, liveFromMs = Infinity, observe?: FlowObserver): void {
    switch (response.kind) {
      case "flow": {
        const { flow } = response;
        const timeMs = toMs(flow.time);
        const node = this.nodes.numberOf(flow.nodeName ?? "");
        const row = this.#madeRoom(node, timeMs, liveFromMs) ? undefined : this.#store.append(flow, raw);
        observe?.(node, timeMs, row === undefined || !flow.uuid);
        if (row !== undefined)
          this.#appended(row, { timeMs, liveFromMs, isDenied: flow.verdict === "DROPPED" });
        return;
      }
      case "notice":
        if (this.#isNews(response.notice)) this.notice(response.notice);
        return;
      case "undecodable":
        this.#undecodable += 1;
        this.#complain(response.message);
        return;
    }
  }

  /** The store is about to drop this row to stay within its bounds. */
  dropped(row: number): void {
    const { columns } = this.#store;
    const slot = this.#store.slotOf(row);
    if (columns.kind[slot] !== 1) return;
    const timeMs = (columns.seconds[slot] ?? 0) * 1000 + (columns.nanos[slot] ?? 0) / 1e6;
    this.#droppedUntilMs.saw(this.nodes.ofString(columns.nodeName[slot] ?? 0), timeMs);
  }

  /** Appends a notice as it is. */
  notice(notice: Notice): void {
    this.#onAppended(this.#store.appendNotice(notice));
  }

  /** Begins anew, for flows from elsewhere. */
  reset(): void {
    this.#rate.reset();
    this.#lost.clear();
    this.#nodeStates.clear();
    this.#recentLosses.clear();
    this.#droppedUntilMs.clear();
    this.#seen = 0;
    this.#deniedLive = 0;
    this.#beganMs = undefined;
    this.#undecodable = 0;
    this.#complainedMs = -Infinity;
    this.#unsaid = 0;
  }

  #madeRoom(node: number, timeMs: number, liveFromMs: number): boolean {
    const isHistory = timeMs < liveFromMs && liveFromMs < Infinity;
    return isHistory && timeMs <= this.#droppedUntilMs.of(node);
  }

  #appended(
    row: number,
    { timeMs, liveFromMs, isDenied }: { timeMs: number; liveFromMs: number; isDenied: boolean },
  ): void {
    this.#seen += 1;
    if (liveFromMs < Infinity) {
      this.#beganMs ??= liveFromMs;
      // What happened in an outage comes late, and is new all the same.
      if (isDenied && timeMs >= this.#beganMs) this.#deniedLive += 1;
    }
    if (timeMs >= liveFromMs) this.#rate.add();
    this.#onAppended(row);
  }

  /** Each of two streams says the same of a node and of what was lost; so does one that is resumed. */
  #isNews(notice: Notice): boolean {
    switch (notice.kind) {
      case "gap":
        return true;
      case "node-status": {
        // That a node is connected is news only when it was not.
        const stateOf = (node: string) => this.#nodeStates.get(node) ?? "NODE_CONNECTED";
        const changed = notice.nodeNames.filter((node) => stateOf(node) !== notice.state);
        for (const node of notice.nodeNames) this.#nodeStates.set(node, notice.state);
        return changed.length > 0;
      }
      case "lost-events":
        return this.#countLost(notice);
    }
  }

  #countLost(notice: Notice & { readonly kind: "lost-events" }): boolean {
    const { nodeName, source, count, cpu, time } = notice;
    const key = [time.seconds, time.nanos, nodeName, source, count, cpu].join("|");
    if (this.#recentLosses.has(key)) return false;
    this.#recentLosses.add(key);
    const [oldest] = this.#recentLosses;
    if (this.#recentLosses.size > rememberedNotices && oldest !== undefined)
      this.#recentLosses.delete(oldest);
    const figure = this.#lost.get(`${source}|${nodeName}`);
    if (figure) figure.count += count;
    else this.#lost.set(`${source}|${nodeName}`, { source, node: nodeName, count });
    return true;
  }

  #complain(message: string): void {
    const nowMs = performance.now();
    if (nowMs - this.#complainedMs < complainEveryMs) {
      this.#unsaid += 1;
      return;
    }
    const more = this.#unsaid > 0 ? ` (and ${this.#unsaid} more since the last line about this)` : "";
    this.#logger.warn("flows", `A message could not be decoded: ${message}${more}`);
    this.#complainedMs = nowMs;
    this.#unsaid = 0;
  }
}
