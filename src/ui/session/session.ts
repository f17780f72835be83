import { commands } from "vscode";
import type { Logger } from "../../base/logger.ts";
import type { CaptureSummary } from "../../protocol/engine.ts";
import type { Target } from "../../protocol/session.ts";
import { engineSettings, readSetting } from "../vscode/settings.ts";
import type { DemoCluster } from "./demoCluster.ts";
import type { EngineClient } from "./engineClient.ts";
import type { HubbleModel } from "./hubbleModel.ts";
import type { InterestKeeper } from "./interestKeeper.ts";

export interface SessionParts {
  readonly engine: EngineClient;
  readonly model: HubbleModel;
  readonly interest: InterestKeeper;
  readonly demo: DemoCluster;
  readonly logger: Logger;
}

/** The one session of this window: what connects, disconnects, and keeps the demo cluster's life in step with it. */
export class Session {
  readonly #parts: SessionParts;
  /** The policies that the demo cluster last said are in force; `null` while none runs. */
  #applied: readonly string[] | null = null;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** Connects to a relay that is not ours. Resolves when the engine has begun; the model tells the rest. */
  async connect(target: Target): Promise<void> {
    this.#applied = null;
    await this.#parts.demo.stop();
    await this.#begin(target);
  }

  /** Starts the demo cluster afresh and connects to it. */
  async startDemo(signal: AbortSignal): Promise<void> {
    const { demo } = this.#parts;
    this.#applied = null;
    const address = await demo.start(readSetting("demo.flowsPerSecond"), signal);
    await this.#begin({ kind: "demo", address });
  }

  /** The demo cluster's policies changed. */
  async setApplied(texts: readonly string[]): Promise<void> {
    this.#applied = texts;
    if (this.#parts.model.inUse) await this.#parts.engine.request("setApplied", { texts });
  }

  /** Ends the session, and the demo cluster with it. */
  async disconnect(): Promise<void> {
    const { engine, demo, model } = this.#parts;
    if (model.inUse) await engine.request("disconnect", null);
    this.#applied = null;
    await demo.stop();
  }

  /** Tries at once what failed or waits; a demo cluster that is gone is started again. */
  async retry(signal: AbortSignal): Promise<void> {
    const { engine, model, demo } = this.#parts;
    const { state } = model.snapshot;
    if (state.name === "idle") return;
    if (state.target.kind === "demo" && !demo.isRunning) await this.startDemo(signal);
    // After the engine itself failed it knows of nothing to try again.
    else if (state.name === "failed") await this.#begin(state.target);
    else await engine.request("retryNow", null);
  }

  /** Shows the flows of a file in place of a cluster's. */
  async openCapture(path: string): Promise<CaptureSummary> {
    this.#applied = null;
    await this.#configure();
    await this.#parts.demo.stop();
    await this.#parts.engine.request("setApplied", { texts: null });
    const summary = await this.#parts.engine.request("openCapture", { path });
    this.#parts.interest.engineUsed();
    return summary;
  }

  /** The settings changed: what can change while connected does. */
  async reconfigure(): Promise<void> {
    if (this.#parts.model.inUse) await this.#configure();
  }

  async #begin(target: Target): Promise<void> {
    const { engine, interest, logger } = this.#parts;
    logger.info(
      "session",
      `connecting to ${target.kind === "kubernetes" ? (target.context ?? "the current context") : target.address}`,
    );
    await this.#configure();
    interest.engineUsed();
    await engine.request("setApplied", { texts: null });
    await engine.request("connect", { target });
    if (this.#applied) await engine.request("setApplied", { texts: this.#applied });
    if (!interest.any) await commands.executeCommand("hubbleLens.flows.focus", { preserveFocus: true });
  }

  async #configure(): Promise<void> {
    await this.#parts.engine.request("configure", engineSettings());
  }
}
