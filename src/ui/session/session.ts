import type { Logger } from "../../base/logger.ts";
import type { CaptureSummary, EngineSettings } from "../../protocol/engine.ts";
import type { Target } from "../../protocol/session.ts";
import { CancelledError } from "../cancelledError.ts";
import type { DemoCluster } from "./demoCluster.ts";
import type { EngineClient } from "./engineClient.ts";
import type { Beginning, HubbleModel } from "./hubbleModel.ts";
import type { InterestKeeper } from "./interestKeeper.ts";

export interface SessionParts {
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly interest: InterestKeeper;
  readonly demo: DemoCluster;
  readonly logger: Logger;
  readonly settings: SessionSettings;
  /** Brings a surface with flows to the front: called when somebody connects and nothing shows any. */
  showFlows(): PromiseLike<unknown>;
}

/** The settings that a session asks for, as they are when it asks. */
export interface SessionSettings {
  engine(): EngineSettings;
  /** 0 leaves the pace to the demo. */
  demoFlowsPerSecond(): number;
}

/**
 * The one session of this window: what connects, disconnects, and keeps the demo cluster's life in step with it.
 * Whatever is asked last wins: what was under way rejects with a {@link CancelledError}.
 */
export class Session {
  readonly #parts: SessionParts;
  /** The policies that the demo cluster last said are in force; `null` while none runs. */
  #applied: readonly string[] | null = null;
  /** Was the engine told to connect, or to read a file, and not to end that since? Snapshots tell it late. */
  #begun = false;
  /** Counts what was asked for. */
  #turn = 0;
  /** Was the engine told the settings? */
  #isConfigured = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Connects to a relay that is not ours. Resolves when the engine has begun; the model tells the rest. */
  async connect(target: Target): Promise<void> {
    const turn = this.#takeTurn("connection");
    this.#applied = null;
    try {
      await this.#parts.demo.stop();
      await this.#begin(target, turn);
    } catch (error) {
      if (turn === this.#turn) this.#parts.model.setBeginning(undefined);
      throw error;
    }
  }

  /** Starts the demo cluster afresh and connects to it; shares a start that is under way. */
  async startDemo(signal: AbortSignal): Promise<void> {
    const turn = this.#takeTurn("demo");
    this.#applied = null;
    const { demo, settings } = this.#parts;
    try {
      const address = await demo.start(settings.demoFlowsPerSecond(), signal).catch((error: unknown) => {
        // Of a start that is shared, the last that asked for it is told.
        this.#stopUnlessLast(turn);
        throw error;
      });
      await this.#begin({ kind: "demo", address }, turn);
    } catch (error) {
      if (turn === this.#turn) this.#parts.model.setBeginning(undefined);
      throw error;
    }
  }

  /** The demo cluster's policies changed. */
  async setApplied(texts: readonly string[]): Promise<void> {
    this.#applied = texts;
    if (this.#inUse) await this.#parts.engine.request("setApplied", { texts });
  }

  /** Ends the session, and the demo cluster with it. */
  async disconnect(): Promise<void> {
    this.#takeTurn();
    this.#applied = null;
    const { engine, demo } = this.#parts;
    if (this.#inUse) {
      this.#begun = false;
      await engine.request("disconnect", null);
    }
    await demo.stop();
  }

  /** Tries at once what failed or waits; a demo cluster that is gone is started again. */
  async retry(signal: AbortSignal): Promise<void> {
    const { engine, model, demo } = this.#parts;
    const { state } = model.snapshot;
    if (state.name === "idle") return;
    if (state.target.kind === "demo" && !demo.isRunning) {
      await this.startDemo(signal);
      return;
    }
    const turn = this.#turn;
    const { tried } = await engine.request("retryNow", null);
    // An engine that was started again knows of nothing to try; one that was not keeps the flows that it holds.
    if (!tried && turn === this.#turn) await this.#begin(state.target, this.#takeTurn());
  }

  /**
   * Shows the flows of files, or of the captures in folders, in place of a cluster's, which stays until the first turns
   * out to be a capture.
   */
  async openCapture(
    path: string,
    signal: AbortSignal,
    others: readonly string[] = [],
  ): Promise<CaptureSummary> {
    return this.#read(signal, () => this.#parts.engine.request("openCapture", { path, others }));
  }

  /** Shows the flows of a file, and those that come to it, as {@link openCapture} does; resolves once it has begun. */
  async followCapture(path: string, signal: AbortSignal): Promise<void> {
    await this.#read(signal, () => this.#parts.engine.request("followCapture", { path }));
  }

  async #read<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    const turn = this.#takeTurn();
    const { engine, interest, logger } = this.#parts;
    await this.#configure();
    interest.engineUsed();
    this.#stopUnlessLast(turn);
    if (signal.aborted) throw new CancelledError();
    const cancel = (): void => {
      engine.request("cancelCapture", null).catch((error: unknown) => {
        logger.warn("session", `cancelCapture: ${String(error)}`);
      });
    };
    signal.addEventListener("abort", cancel, { once: true });
    this.#begun = true;
    try {
      return await request();
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  /** Tells the engine the settings, for what it can be asked without a session. */
  async prepare(): Promise<void> {
    if (!this.#isConfigured) await this.#configure();
  }

  /** The settings changed: what can change while connected does. */
  async reconfigure(): Promise<void> {
    if (this.#isConfigured) await this.#configure();
  }

  get #inUse(): boolean {
    return this.#begun || this.#parts.model.inUse;
  }

  /** From now on what was asked for before is of no use. */
  #takeTurn(beginning?: Beginning): number {
    this.#turn += 1;
    this.#parts.model.setBeginning(beginning);
    return this.#turn;
  }

  #stopUnlessLast(turn: number): void {
    if (turn !== this.#turn) throw new CancelledError();
  }

  async #begin(target: Target, turn: number): Promise<void> {
    const { engine, interest, logger } = this.#parts;
    this.#stopUnlessLast(turn);
    logger.info(
      "session",
      `connecting to ${target.kind === "kubernetes" ? (target.context ?? "the current context") : target.address}`,
    );
    await this.#configure();
    interest.engineUsed();
    await engine.request("setApplied", { texts: null });
    this.#stopUnlessLast(turn);
    this.#begun = true;
    await engine.request("connect", { target });
    this.#stopUnlessLast(turn);
    if (this.#applied) await engine.request("setApplied", { texts: this.#applied });
    if (!interest.any) await this.#parts.showFlows();
  }

  async #configure(): Promise<void> {
    this.#isConfigured = true;
    await this.#parts.engine.request("configure", this.#parts.settings.engine());
  }
}
