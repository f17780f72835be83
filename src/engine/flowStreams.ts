import type { Disposable } from "../base/disposable.ts";
import type { FlowsRequest } from "../hubble/filterToRelay.ts";
import { readResponse } from "../hubble/readResponse.ts";
import type { RelayClient } from "../hubble/relayClient.ts";
import { RelayError } from "../hubble/relayError.ts";
import type { FlowIntake, FlowObserver } from "./flowIntake.ts";
import { type GapCheck, toMs } from "./gapCheck.ts";
import type { StreamMemory } from "./streamMemory.ts";
import type { StreamRequest } from "./streamPlan.ts";
import type { Timings } from "./timings.ts";
import { withDeadline } from "./waits.ts";

export interface FlowStreamsOptions {
  readonly client: RelayClient;
  readonly intake: FlowIntake;
  /** What the streams of earlier connections have received; kept up to date here. */
  readonly memory: StreamMemory;
  /** Keys of the streams that ended by themselves, with all that they were asked for; kept up to date here. */
  readonly ended: Set<string>;
  /** Called before streams are opened: what is to be proven before anything is said to be complete, if anything. */
  readonly openCheck: (keys: readonly string[]) => GapCheck | undefined;
  readonly timings: Timings;
  /** Something came; called once for all that came in one go. */
  readonly onMessage: () => void;
  /** The history that was asked for is in; called again after further streams were opened. */
  readonly onSettled: () => void;
  /** A stream ended by itself; called once. */
  readonly onFailure: (error: unknown) => void;
}

interface RunningStream {
  readonly controller: AbortController;
  /** What happened before is history, or comes again after an outage. */
  readonly openedAtMs: number;
  readonly observe: FlowObserver;
}

/** The streams of flows of one connection: opens and ends them as the plan changes, and knows when history is in. */
export class FlowStreams implements Disposable {
  readonly #options: FlowStreamsOptions;
  readonly #running = new Map<string, RunningStream>();
  readonly #ended = new AbortController();
  #openedAtMs = 0;
  #openedAt = 0;
  #lastOldAt = 0;
  #check: GapCheck | undefined;
  #timer: NodeJS.Timeout | undefined;
  #probe: Promise<void> = Promise.resolve();
  /** Was it told that something came of what comes in this go? */
  #told: NodeJS.Immediate | undefined;

  constructor(options: FlowStreamsOptions) {
    this.#options = options;
  }

  /** Streams exactly these from now on. New ones are opened before others end, so that nothing falls between them. */
  follow(plan: readonly StreamRequest[]): void {
    const wanted = new Set(plan.map(({ key }) => key));
    const fresh = plan.filter(({ key }) => !this.#running.has(key) && !this.#options.ended.has(key));
    const lasting = fresh.filter(({ history }) => !history?.ends);
    if (lasting.length > 0) this.#check = this.#options.openCheck(lasting.map(({ key }) => key));
    for (const request of fresh) this.#open(request);
    for (const [key, { controller }] of this.#running) {
      if (wanted.has(key)) continue;
      this.#running.delete(key);
      controller.abort();
      this.#options.memory.cut(Date.now(), [key]);
    }
    for (const key of this.#options.ended) if (!wanted.has(key)) this.#options.ended.delete(key);
    if (fresh.length > 0) this.#awaitHistory();
  }

  dispose(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#told);
    this.#ended.abort();
    for (const { controller } of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  #open({ key, whitelist, blacklist, history }: StreamRequest): void {
    const { client, memory } = this.#options;
    const controller = new AbortController();
    const ends = history?.ends ?? false;
    const asked: FlowsRequest = { ...memory.open(key, history), follow: !ends, whitelist, blacklist };
    this.#running.set(key, { controller, openedAtMs: Date.now(), observe: this.#observer(key) });
    let isEmpty = true;
    const take = (raw: Uint8Array) => {
      isEmpty = false;
      this.#take(raw, key);
    };
    const onEnd = () => {
      if (controller.signal.aborted) return;
      if (ends) this.#options.ended.add(key);
      else this.#fail(controller, new RelayError("relay-closed", "The relay ended the stream of flows."));
    };
    const onError = (error: unknown) => {
      const isRefused = isEmpty && error instanceof RelayError && error.kind === "relay-error";
      const isFiltered = whitelist.length + blacklist.length > 0;
      if (!isRefused || !isFiltered || controller.signal.aborted) {
        this.#fail(controller, error);
        return;
      }
      // A relay that does not know what the filter speaks of: the views leave out what they do not admit.
      client
        .flows({ ...asked, whitelist: [], blacklist: [] }, take, controller.signal)
        .then(onEnd, (again: unknown) => {
          this.#fail(controller, again);
        });
    };
    client.flows(asked, take, controller.signal).then(onEnd, onError);
  }

  #take(raw: Uint8Array, key: string): void {
    const { intake, onMessage } = this.#options;
    const stream = this.#running.get(key);
    if (!stream) return;
    intake.accept(raw, stream.openedAtMs, stream.observe);
    if (this.#told) return;
    this.#told = setImmediate(() => {
      this.#told = undefined;
    });
    onMessage();
  }

  /** What is done with each flow of a stream. */
  #observer(key: string): FlowObserver {
    const { intake, memory } = this.#options;
    const newest = memory.watch(key);
    return (node, timeMs, repeated) => {
      newest.saw(node, timeMs);
      this.#check?.saw(intake.nodes.nameOf(node), timeMs, repeated);
      if (timeMs < this.#openedAtMs) this.#lastOldAt = performance.now();
    };
  }

  #fail(controller: AbortController, error: unknown): void {
    if (controller.signal.aborted) return;
    this.dispose();
    this.#options.onFailure(error);
  }

  #awaitHistory(): void {
    this.#openedAtMs = Date.now();
    this.#openedAt = performance.now();
    this.#lastOldAt = this.#openedAt;
    this.#arm();
    if (this.#check) this.#probe = this.#askOldest(this.#check);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#settleWhenQuiet(), this.#options.timings.settleMs);
  }

  async #settleWhenQuiet(): Promise<void> {
    const { timings, memory, onSettled } = this.#options;
    const now = performance.now();
    const quiet = now - this.#lastOldAt >= timings.settleMs;
    if (!quiet && now - this.#openedAt < timings.settleAtMostMs) {
      this.#arm();
      return;
    }
    const check = this.#check;
    if (check) {
      await this.#probe;
      // A node may have been on its way back to the relay at the first question.
      if (!check.isCertain) await this.#askOldest(check);
    }
    if (this.#ended.signal.aborted) return;
    // Further streams were opened meanwhile: they have yet to prove theirs.
    if (this.#check !== check) return;
    this.#check = undefined;
    for (const key of this.#running.keys()) memory.settle(key);
    onSettled();
  }

  /** Asks each node for the oldest flow it holds. Without an answer the flows that come again must do as a proof. */
  async #askOldest(check: GapCheck): Promise<void> {
    const { client, timings } = this.#options;
    const take = (raw: Uint8Array) => {
      const response = readResponse(raw);
      if (response.kind === "flow") check.holdsFrom(response.flow.nodeName ?? "", toMs(response.flow.time));
    };
    try {
      await withDeadline(timings.answerMs, this.#ended.signal, (signal) =>
        client.flows({ first: true, number: 1 }, take, signal),
      );
    } catch {
      // What is not proven stays uncertain, and is shown as a gap.
    }
  }
}
