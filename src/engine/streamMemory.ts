import type { FlowsRequest } from "../hubble/filterToRelay.ts";
import { type Coverage, type LastSeen, overlapMs, toTimestamp } from "./gapCheck.ts";
import { NewestTimes } from "./newestTimes.ts";
import type { NodeNames } from "./nodeNames.ts";
import type { StreamHistory } from "./streamPlan.ts";

/** How far a stream, told by the key of its request, has come. */
interface Progress {
  /** It was opened, and not cut since. */
  isOpen: boolean;
  /** Where what was asked for last begins: ms since 1970, or `undefined` for the usual history. */
  since: number | undefined;
  /** What was asked for is in: from here on only what is newer is missing. */
  settled: boolean;
  /** Of the nodes that sent something, all that is newer than their first came, up to their last. */
  readonly lastSeen: Map<string, number>;
  readonly openedAtMs: number;
  /** Up to when all came, of silent nodes too; `undefined` until it was settled and cut for the first time. */
  completeUntilMs: number | undefined;
}

export interface StreamMemoryOptions {
  /** How many flows of history to ask each node for. */
  readonly historyPerNode: () => number;
  /** The most flows that can be held: more are never asked for. */
  readonly maxFlows: () => number;
  /** When the oldest flow held happened (ms since 1970): what is older was dropped, and is not asked for again. */
  readonly oldestHeldMs: () => number | undefined;
  /** Of the nodes whose numbers streams tell. */
  readonly nodes: NodeNames;
}

/** Those that run, and of the others the last few that a person switched away from: so many in all. */
const rememberedStreams = 8;

/** Remembers across connections what each stream has received, and so where it goes on. */
export class StreamMemory {
  readonly #options: StreamMemoryOptions;
  readonly #streams = new Map<string, Progress>();
  readonly #lastSeen = new Map<string, number>();
  /** What streams have told since somebody asked. */
  readonly #untold = new Map<string, NewestTimes>();

  constructor(options: StreamMemoryOptions) {
    this.#options = options;
  }

  /** The newest flow of each node, whatever stream it came on. */
  get lastSeen(): LastSeen {
    this.#takeIn();
    return this.#lastSeen;
  }

  /**
   * What to ask for so that a stream begins, with a history of its own if it has one, or goes on where it was cut; nothing
   * is missed, some comes again. One that ends by itself always asks for all of it.
   */
  open(key: string, history?: StreamHistory): Pick<FlowsRequest, "number" | "since" | "until" | "first"> {
    this.#takeIn();
    const known = history?.ends ? undefined : this.#resumable(key);
    this.#streams.delete(key);
    if (!known) {
      this.#remember(key);
      return this.#begin(history);
    }
    this.#streams.set(key, known);
    known.isOpen = true;
    // Cut in its first history: some nodes may not have had their turn.
    known.since ??= Math.min(known.openedAtMs, ...known.lastSeen.values()) - overlapMs;
    known.since = Math.max(known.since, this.#options.oldestHeldMs() ?? -Infinity);
    return { number: this.#options.maxFlows(), since: toTimestamp(known.since) };
  }

  /** Where a stream that was opened tells of each flow that comes, new or not, until it is cut. */
  watch(key: string): NewestTimes {
    const known = this.#untold.get(key);
    if (known) return known;
    const untold = new NewestTimes();
    this.#untold.set(key, untold);
    return untold;
  }

  /** The history that was asked for is in. */
  settle(key: string): void {
    const progress = this.#streams.get(key);
    if (progress) progress.settled = true;
  }

  /** Streams ended at `atMs`, these or all: what happened shortly before may have been on its way. */
  cut(atMs: number, keys: Iterable<string> = this.#streams.keys()): void {
    this.#takeIn();
    for (const key of keys) {
      this.#untold.delete(key);
      const progress = this.#streams.get(key);
      if (progress) progress.isOpen = false;
      if (!progress?.settled) continue;
      progress.settled = false;
      progress.completeUntilMs = atMs - overlapMs;
      const heard = [...progress.lastSeen.values()];
      progress.since = Math.min(progress.completeUntilMs, ...heard.map((seenMs) => seenMs - overlapMs));
    }
  }

  /** Does this stream go on where it was cut, when it is opened? */
  resumes(key: string): boolean {
    return this.#resumable(key) !== undefined;
  }

  /**
   * What the streams with these keys have certainly received, the least of them for each node: asked before they are
   * opened again. Where none goes on, everything was received until `lostAtMs`, less what was on its way.
   */
  coverage(keys: readonly string[], lostAtMs: number): Coverage {
    this.#takeIn();
    const resumed = keys.flatMap((key) => this.#resumable(key) ?? []);
    const untilLost = lostAtMs - overlapMs;
    const nodes = new Map<string, number>();
    for (const [node, seenMs] of this.#lastSeen) {
      const each = resumed.map((progress) => coveredUntil(progress, node));
      nodes.set(node, each.length > 0 ? Math.min(...each) : Math.max(seenMs, untilLost));
    }
    // Only when all history was in, a node that has sent nothing is one that was not there.
    const unheard = resumed.flatMap((progress) =>
      progress.completeUntilMs === undefined ? [progress.openedAtMs - overlapMs] : [],
    );
    if (this.#lastSeen.size === 0) unheard.push(untilLost);
    return unheard.length > 0 ? { nodes, others: Math.min(...unheard) } : { nodes };
  }

  /** Forgets nodes that are no more, so that no outage is blamed on them again. */
  forgetNodes(nodes: readonly string[]): void {
    this.#takeIn();
    for (const node of nodes) {
      this.#lastSeen.delete(node);
      for (const { lastSeen } of this.#streams.values()) lastSeen.delete(node);
    }
  }

  clear(): void {
    this.#untold.clear();
    this.#streams.clear();
    this.#lastSeen.clear();
  }

  #begin(history: StreamHistory | undefined): Pick<FlowsRequest, "number" | "since" | "until" | "first"> {
    const { historyPerNode, maxFlows } = this.#options;
    if (!history) return { number: historyPerNode() };
    const { since, until, number, first } = history;
    return {
      number: Math.min(number ?? Infinity, maxFlows()),
      ...(since && { since }),
      ...(until && { until }),
      ...(first && { first }),
    };
  }

  /** A stream that nothing came on has nothing to go on from: it begins again. */
  #resumable(key: string): Progress | undefined {
    this.#takeIn();
    const known = this.#streams.get(key);
    return known && (known.since !== undefined || known.lastSeen.size > 0) ? known : undefined;
  }

  #takeIn(): void {
    for (const [key, untold] of this.#untold) {
      const progress = this.#streams.get(key);
      untold.drain((node, timeMs) => {
        const name = this.#options.nodes.nameOf(node);
        raise(this.#lastSeen, name, timeMs);
        if (progress) raise(progress.lastSeen, name, timeMs);
      });
    }
  }

  #remember(key: string): void {
    if (this.#streams.size >= rememberedStreams) this.#forgetOldest();
    this.#streams.set(key, {
      isOpen: true,
      since: undefined,
      settled: false,
      lastSeen: new Map(),
      openedAtMs: Date.now(),
      completeUntilMs: undefined,
    });
  }

  #forgetOldest(): void {
    for (const [key, { isOpen }] of this.#streams) {
      if (isOpen) continue;
      this.#streams.delete(key);
      return;
    }
  }
}

function coveredUntil({ lastSeen, openedAtMs, completeUntilMs }: Progress, node: string): number {
  const seenMs = lastSeen.get(node);
  if (completeUntilMs === undefined) return seenMs ?? openedAtMs - overlapMs;
  return Math.max(seenMs ?? 0, completeUntilMs);
}

function raise(times: Map<string, number>, node: string, timeMs: number): void {
  const known = times.get(node);
  if (known === undefined || known < timeMs) times.set(node, timeMs);
}
