import type { EngineSnapshot } from "../../protocol/engine.ts";

/** Counts the denied flows that came while nobody looked. History that a connection begins with is not new. */
export class NewDrops {
  #started = false;
  #deniedBefore = 0;
  #seenBefore = 0;
  #count = 0;

  /** Takes a snapshot in and answers how many drops are new; looking at them makes them old. */
  update({ state, flows }: EngineSnapshot, looking: boolean): number {
    if (state.name === "idle" || flows.seen < this.#seenBefore) this.#started = false;
    if (looking || !this.#started) this.#count = 0;
    else this.#count += Math.max(0, flows.deniedSeen - this.#deniedBefore);
    if (state.name === "streaming") this.#started = true;
    this.#deniedBefore = flows.deniedSeen;
    this.#seenBefore = flows.seen;
    return this.#count;
  }
}
