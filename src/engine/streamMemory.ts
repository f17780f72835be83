import type { FlowsRequest } from "../hubble/filterToRelay.ts";
import { type LastSeen, overlapMs, toTimestamp } from "./gapCheck.ts";

/** How far a stream, told by the key of its request, has come. */
interface Progress {
  /** Where its history begins: ms since 1970, or `undefined` for the usual history. */
  since: number | undefined;
  /** Its history is in: from here on only what is newer is missing. */
  settled: boolean;
  readonly openedAtMs: number;
  readonly lastSeen: Map<string, number>;
}

export interface StreamMemoryOptions {
  /** How many flows of history to ask each node for. */
  readonly historyPerNode: () => number;
  /** The most flows that can be held: more are never asked for. */
  readonly maxFlows: () => number;
  /** When the oldest flow held happened (ms since 1970): what is older was dropped, and is not asked for again. */
  readonly oldestHeldMs: () => number | undefined;
}

/** The two that run, and the last few that a person switched away from. */
const rememberedStreams = 8;

/** Remembers across connections what each stream has received, and so where it goes on. */
export class StreamMemory {
  readonly #options: StreamMemoryOptions;
  readonly #streams = new Map<string, Progress>();
  readonly #lastSeen = new Map<string, number>();

  constructor(options: StreamMemoryOptions) {
    this.#options = options;
  }

  /** The newest flow of each node, whatever stream it came on. */
  get lastSeen(): LastSeen {
    return this.#lastSeen;
  }

  /** What to ask for so that a stream begins, or goes on where it was cut; nothing is missed, some comes again. */
  open(key: string): Pick<FlowsRequest, "number" | "since"> {
    const known = this.#streams.get(key);
    if (known) {
      this.#streams.delete(key);
      this.#streams.set(key, known);
    }
    if (known?.settled) {
      const newest = known.lastSeen.size > 0 ? Math.min(...known.lastSeen.values()) : known.openedAtMs;
      known.since = Math.max(newest - overlapMs, this.#options.oldestHeldMs() ?? -Infinity);
      known.settled = false;
    }
    if (known?.since !== undefined) {
      return { number: this.#options.maxFlows(), since: toTimestamp(known.since) };
    }
    if (!known) this.#remember(key);
    return { number: this.#options.historyPerNode() };
  }

  /** A flow came, new or not. */
  saw(key: string, node: string, timeMs: number): void {
    raise(this.#lastSeen, node, timeMs);
    const progress = this.#streams.get(key);
    if (progress) raise(progress.lastSeen, node, timeMs);
  }

  /** The history that was asked for is in. */
  settle(key: string): void {
    const progress = this.#streams.get(key);
    if (progress) progress.settled = true;
  }

  /** Forgets nodes that are no more, so that no outage is blamed on them again. */
  forgetNodes(nodes: readonly string[]): void {
    for (const node of nodes) {
      this.#lastSeen.delete(node);
      for (const { lastSeen } of this.#streams.values()) lastSeen.delete(node);
    }
  }

  clear(): void {
    this.#streams.clear();
    this.#lastSeen.clear();
  }

  #remember(key: string): void {
    const [oldest] = this.#streams.keys();
    if (this.#streams.size >= rememberedStreams && oldest !== undefined) this.#streams.delete(oldest);
    this.#streams.set(key, { since: undefined, settled: false, openedAtMs: Date.now(), lastSeen: new Map() });
  }
}

function raise(times: Map<string, number>, node: string, timeMs: number): void {
  const known = times.get(node);
  if (known === undefined || known < timeMs) times.set(node, timeMs);
}
