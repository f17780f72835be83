import type { SessionState } from "../../protocol/session.ts";

/** How much ado a failure is worth: `show` it to the person, or tell the log as a `warning` or in `detail`. */
export type FailureWeight = "show" | "warning" | "detail";

/** Tells what is news from what only goes on: one message per outage, not per try to end it. */
export class FailureNews {
  #toldMs: number | undefined;
  /** What is waited for since when nothing came any more: whom, and why. */
  #outage = "";

  /** Takes a state in; answers what its failure is worth, or `undefined` when there is none that has not been told. */
  update(state: SessionState): FailureWeight | undefined {
    switch (state.name) {
      case "idle":
      case "streaming":
      case "paused":
        this.#outage = "";
        return undefined;
      case "connecting":
        return undefined;
      case "failed":
        this.#outage = "";
        return this.#isTold(state.failure.atMs) ? undefined : "show";
      case "waiting": {
        if (this.#isTold(state.failure.atMs)) return undefined;
        const outage = `${JSON.stringify(state.target)} ${state.failure.kind}`;
        if (outage === this.#outage) return "detail";
        this.#outage = outage;
        return "warning";
      }
    }
  }

  #isTold(atMs: number): boolean {
    const told = atMs === this.#toldMs;
    this.#toldMs = atMs;
    return told;
  }
}
