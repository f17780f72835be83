import type { Disposable } from "../../base/disposable.ts";
import { Emitter, type Event } from "../../base/event.ts";
import type { Logger } from "../../base/logger.ts";
import type { Interest } from "../../protocol/engine.ts";
import type { EngineClient } from "./engineClient.ts";

/** Tells the engine which of its answers somebody looks at, once the engine is in use. */
export class InterestKeeper implements Disposable {
  readonly #changed = new Emitter<undefined>();

  readonly #engine: EngineClient;
  readonly #logger: Logger;
  #wanted: Interest = { groups: false, documents: false, views: false };
  #told: Interest | undefined;
  #engineUsed = false;

  /** Somebody began or ceased to look at something. */
  readonly onDidChange: Event<undefined> = this.#changed.event;

  constructor(engine: EngineClient, logger: Logger) {
    this.#engine = engine;
    this.#logger = logger;
  }

  /** Says that parts of the snapshot are, or are no longer, looked at. */
  set(change: Partial<Interest>): void {
    this.#wanted = { ...this.#wanted, ...change };
    if (this.#engineUsed) this.#tell();
    this.#changed.fire(undefined);
  }

  /** Does anybody look at anything? */
  get any(): boolean {
    return this.#wanted.groups || this.#wanted.documents || this.#wanted.views;
  }

  /** From now on the engine may be asked: before the first connection nothing starts its worker. */
  engineUsed(): void {
    this.#engineUsed = true;
    this.#tell();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #tell(): void {
    const wanted = this.#wanted;
    const told = this.#told;
    if (
      told &&
      told.groups === wanted.groups &&
      told.documents === wanted.documents &&
      told.views === wanted.views
    ) {
      return;
    }
    this.#told = wanted;
    this.#engine.request("setInterest", wanted).catch((error: unknown) => {
      this.#told = undefined;
      this.#logger.warn("ui", `setInterest: ${String(error)}`);
    });
  }
}
