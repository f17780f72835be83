import type { EngineSnapshot } from "../../protocol/engine.ts";

/** Counts the denied flows that happened while nobody looked; what happened before the connection is not among them. */
export class NewDrops {
  #before = 0;
  #count = 0;

  /** Takes a snapshot in and answers how many drops are new; looking at them makes them old. */
  update({ state, flows: { deniedLive } }: EngineSnapshot, looking: boolean): number {
    // Another connection begins at none.
    if (deniedLive < this.#before) this.#before = 0;
    if (looking || state.name === "idle" || this.#before === 0) this.#count = 0;
    if (!looking && state.name !== "idle") this.#count += deniedLive - this.#before;
    this.#before = deniedLive;
    return this.#count;
  }
}
