import type { Disposable } from "../base/disposable.ts";
import { Emitter } from "../base/event.ts";
import type { Logger } from "../base/logger.ts";
import { RelayError } from "../hubble/relayError.ts";
import type {
  ConnectStep,
  RelayNode,
  RelayStatus,
  SessionFailure,
  SessionState,
  Target,
} from "../protocol/session.ts";
import { connectTarget, type RelayConnection } from "./connectTarget.ts";
import { describeFailure, needsPerson } from "./describeFailure.ts";
import type { FlowIntake } from "./flowIntake.ts";
import { FlowStreams } from "./flowStreams.ts";
import { notLookedAt, Outage } from "./outage.ts";
import { StreamMemory, type StreamMemoryOptions } from "./streamMemory.ts";
import type { StreamRequest } from "./streamPlan.ts";
import { type Timings, waitBefore } from "./timings.ts";
import { delay } from "./waits.ts";

export interface SessionOptions extends Omit<StreamMemoryOptions, "nodes"> {
  readonly logger: Logger;
  readonly timings: Timings;
  readonly intake: FlowIntake;
}

/** How one connection ended. */
type Ending =
  | { readonly kind: "unwatched" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly failure: SessionFailure };

/**
 * Keeps one target's flows streaming into the intake: connects, follows the plan, reconnects, rests while nobody
 * looks. In exactly one state at any time; {@link disconnect} leaves nothing running.
 */
export class Session implements Disposable {
  readonly #options: SessionOptions;
  readonly #memory: StreamMemory;
  readonly #changed = new Emitter<void>();
  readonly #planChanged = new Emitter<void>();
  readonly #settled = new Emitter<void>();
  #state: SessionState = { name: "idle" };
  #relay: RelayStatus | null = null;
  #nodes: readonly RelayNode[] = [];
  #plan: readonly StreamRequest[] = [];
  #running = new AbortController();
  #retry = new AbortController();
  readonly #outage: Outage;
  readonly #ended = new Set<string>();
  #aliveMs = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#memory = new StreamMemory({ ...options, nodes: options.intake.nodes });
    this.#outage = new Outage(this.#memory);
  }

  /** The state, the relay's figures or the nodes are others now. */
  readonly onChange = this.#changed.event;
  /** The history that was asked for is in: what came until now may be out of order in time. */
  readonly onSettled = this.#settled.event;

  get state(): SessionState {
    return this.#state;
  }

  /** The last that the relay said of itself; `null` before it did. */
  get relay(): RelayStatus | null {
    return this.#relay;
  }

  get nodes(): readonly RelayNode[] {
    return this.#nodes;
  }

  /** Ends what is there and begins with another target. */
  connect(target: Target): void {
    this.#stop();
    this.#memory.clear();
    this.#ended.clear();
    this.#outage.forget();
    this.#start(target);
  }

  #start(target: Target): void {
    const running = new AbortController();
    this.#running = running;
    this.#setState({ name: "connecting", target, step: firstStep(target) });
    this.#run(target, running.signal).catch((error: unknown) => {
      if (running.signal.aborted) return;
      this.#options.logger.error("session", describeFailure(error).cause);
      this.fail(error);
    });
  }

  /** Ends everything; what was received stays with the intake. */
  disconnect(): void {
    this.#stop();
    this.#setState({ name: "idle" });
  }

  /** Ends a wait, and tries again what had failed. */
  retryNow(): void {
    const state = this.#state;
    // After a bug nothing runs any more that could try again.
    if (state.name === "failed" && this.#running.signal.aborted) this.#start(state.target);
    else this.#retry.abort();
  }

  /** Ends as failed for a reason that lies outside the session, such as a bug. */
  fail(error: unknown): void {
    if (this.#state.name === "idle") return;
    const { target } = this.#state;
    this.#stop();
    if (this.#aliveMs > 0) this.#outage.begin(this.#aliveMs, "the session failed");
    this.#setState({ name: "failed", target, failure: describeFailure(error) });
  }

  /** What to stream from now on; nothing at all lets the session rest after a while. */
  setPlan(plan: readonly StreamRequest[]): void {
    this.#plan = plan;
    this.#planChanged.fire();
    // What the relay refused may have been the old plan.
    if (this.#state.name === "waiting" && this.#state.failure.kind === "relay-error") this.retryNow();
  }

  dispose(): void {
    this.#stop();
    this.#changed.dispose();
    this.#planChanged.dispose();
    this.#settled.dispose();
  }

  #stop(): void {
    this.#running.abort();
    this.#relay = null;
    this.#nodes = [];
  }

  async #run(target: Target, signal: AbortSignal): Promise<void> {
    const { logger, timings } = this.#options;
    let streamedBefore = false;
    let attempt = 0;
    while (!signal.aborted) {
      const beganMs = performance.now();
      this.#aliveMs = 0;
      const ending = await this.#connectOnce(target, signal);
      if (ending.kind === "stopped") return;
      if (this.#aliveMs > 0) {
        streamedBefore = true;
        this.#outage.begin(this.#aliveMs, causeOf(ending));
        if (performance.now() - beganMs >= timings.stableMs) attempt = 0;
      }
      if (ending.kind === "unwatched") {
        await this.#rest(target, signal);
        continue;
      }
      const { failure } = ending;
      const report = failure.cause ? `${failure.message} (${failure.cause})` : failure.message;
      logger[attempt === 0 ? "warn" : "debug"]("session", report);
      if (needsPerson(failure.kind, streamedBefore)) {
        this.#proceed(signal, { name: "failed", target, failure });
        await this.#untilRetry(signal);
        attempt = 0;
        continue;
      }
      attempt += 1;
      await this.#wait(target, { attempt, failure }, signal);
      if (streamedBefore && this.#plan.length === 0) await this.#rest(target, signal);
    }
  }

  async #connectOnce(target: Target, signal: AbortSignal): Promise<Ending> {
    const { logger, timings } = this.#options;
    const onStep = (step: ConnectStep) => {
      this.#proceed(signal, { name: "connecting", target, step });
    };
    let connection: RelayConnection | undefined;
    try {
      onStep(firstStep(target));
      connection = await connectTarget(target, { signal, logger, answerMs: timings.answerMs, onStep });
      onStep("relay");
      await this.#askState(connection, signal);
      // Who connects looks in a moment, when the first snapshot says so.
      if (this.#plan.length === 0) await this.#untilPlanned(timings.settleMs, signal);
      if (signal.aborted) return { kind: "stopped" };
      if (this.#plan.length === 0) return { kind: "unwatched" };
      onStep("history");
      return await this.#stream(connection, target, signal);
    } catch (error) {
      if (signal.aborted) return { kind: "stopped" };
      return { kind: "failed", failure: describeFailure(error) };
    } finally {
      connection?.dispose();
    }
  }

  /** Streams until something ends it. */
  async #stream(connection: RelayConnection, target: Target, signal: AbortSignal): Promise<Ending> {
    const { intake, timings } = this.#options;
    const over = new AbortController();
    let streams: FlowStreams | undefined;
    let rest: NodeJS.Timeout | undefined;
    let ending: Ending = { kind: "stopped" };
    const end = (how: Ending) => {
      if (over.signal.aborted) return;
      ending = how;
      over.abort();
      // At once: what comes while a question is still under way belongs to nobody any more.
      streams?.dispose();
    };
    const stop = () => {
      end({ kind: "stopped" });
    };
    const fail = (error: unknown) => {
      end({ kind: "failed", failure: describeFailure(error) });
    };
    const onMessage = () => {
      this.#aliveMs = Date.now();
      if (this.#state.name === "connecting") this.#nowStreaming(target, signal);
    };
    const onSettled = () => {
      if (this.#state.name === "connecting") this.#nowStreaming(target, signal);
      this.#options.logger.debug("session", "The history is in");
      this.#concludeOutage();
      this.#settled.fire();
    };
    const onPlan = () => {
      clearTimeout(rest);
      if (this.#plan.length === 0) rest = setTimeout(end, timings.pauseAfterMs, { kind: "unwatched" });
      else streams?.follow(this.#plan);
    };
    signal.addEventListener("abort", stop);
    const plan = this.#planChanged.event(onPlan);
    try {
      streams = new FlowStreams({
        client: connection.client,
        intake,
        memory: this.#memory,
        ended: this.#ended,
        openCheck: (keys) => this.#outage.openCheck(keys),
        timings,
        onMessage,
        onSettled,
        onFailure: fail,
      });
      streams.follow(this.#plan);
      await this.#keepAsking(connection, over.signal, fail);
      return ending;
    } finally {
      clearTimeout(rest);
      plan.dispose();
      streams?.dispose();
      signal.removeEventListener("abort", stop);
    }
  }

  #nowStreaming(target: Target, signal: AbortSignal): void {
    this.#aliveMs = Date.now();
    this.#proceed(signal, { name: "streaming", target, sinceMs: Date.now() });
  }

  /** Asks the relay for its state now and then, until the signal aborts: an answer also proves the connection. */
  async #keepAsking(
    connection: RelayConnection,
    signal: AbortSignal,
    fail: (error: unknown) => void,
  ): Promise<void> {
    const isOver = () => signal.aborted;
    let refusedBefore = false;
    while (!isOver()) {
      await delay(this.#options.timings.pollMs, signal);
      if (isOver()) return;
      try {
        await this.#askState(connection, signal);
        this.#aliveMs = Date.now();
      } catch (error) {
        if (isOver()) return;
        const refused = error instanceof RelayError && error.kind === "relay-error";
        if (!refused) fail(error);
        else this.#options.logger[refusedBefore ? "debug" : "warn"]("session", error.message);
        refusedBefore = true;
      }
    }
  }

  async #askState({ client }: RelayConnection, signal: AbortSignal): Promise<void> {
    const relay = await client.serverStatus(signal);
    signal.throwIfAborted();
    this.#relay = relay;
    try {
      const nodes = await client.nodes(signal);
      signal.throwIfAborted();
      this.#nodes = nodes;
    } catch (error) {
      // One node's own Hubble does not know the question.
      if (!(error instanceof RelayError) || signal.aborted) throw error;
      if (error.kind !== "relay-error" && error.kind !== "not-a-relay") throw error;
      this.#options.logger.debug("session", `The nodes are not known: ${error.message}`);
    }
    this.#changed.fire();
  }

  /** History is in: says what could not be had back, if anything. */
  #concludeOutage(): void {
    const gap = this.#outage.conclude(Date.now());
    if (!gap) return;
    this.#options.intake.notice(gap);
    this.#options.logger.warn("session", `Some flows were not seen: ${gap.cause}`);
  }

  async #wait(
    target: Target,
    { attempt, failure }: { attempt: number; failure: SessionFailure },
    signal: AbortSignal,
  ): Promise<void> {
    const waitMs = waitBefore(attempt, Math.random(), this.#options.timings);
    this.#proceed(signal, { name: "waiting", target, untilMs: Date.now() + waitMs, attempt, failure });
    await this.#untilRetry(signal, waitMs);
  }

  /** Nobody looks: waits until somebody does. */
  async #rest(target: Target, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#proceed(signal, { name: "paused", target });
    const retry = this.#newRetry();
    await this.#untilPlanned(forEver, AbortSignal.any([signal, retry]));
  }

  /** Resolves when a person asks for another try, the time is up, or the signal aborts. */
  async #untilRetry(signal: AbortSignal, waitMs = forEver): Promise<void> {
    if (signal.aborted) return;
    await delay(waitMs, AbortSignal.any([signal, this.#newRetry()]));
  }

  #newRetry(): AbortSignal {
    this.#retry = new AbortController();
    return this.#retry.signal;
  }

  /** Resolves when there is something to stream, the time is up, or the signal aborts. */
  async #untilPlanned(waitMs: number, signal: AbortSignal): Promise<void> {
    const planned = new AbortController();
    const onPlan = () => {
      if (this.#plan.length > 0) planned.abort();
    };
    const listening = this.#planChanged.event(onPlan);
    onPlan();
    await delay(waitMs, AbortSignal.any([signal, planned.signal]));
    listening.dispose();
  }

  /** The next state of a run; one that was stopped has no say any more. */
  #proceed(run: AbortSignal, state: SessionState): void {
    if (!run.aborted) this.#setState(state);
  }

  #setState(state: SessionState): void {
    if (state.name !== this.#state.name) this.#options.logger.info("session", state.name);
    this.#state = state;
    this.#changed.fire();
  }
}

function firstStep(target: Target): ConnectStep {
  return target.kind === "kubernetes" ? "kubeconfig" : "relay";
}

/** The longest that a timer of Node's can wait, in ms: 24 days. */
const forEver = 2 ** 31 - 1;

/** Why nothing was seen, in words that follow "14 s not seen:". */
function causeOf(ending: Exclude<Ending, { kind: "stopped" }>): string {
  if (ending.kind === "unwatched") return notLookedAt;
  return ending.failure.kind === "relay-unreachable"
    ? "the relay was unreachable"
    : "the connection to the relay was lost";
}
