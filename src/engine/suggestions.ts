import { setImmediate } from "node:timers/promises";
import type { FlowStore } from "../flows/flowStore.ts";
import { type SeenValue, seenValuesSteps } from "../flows/seenValues.ts";
import type { EngineRequests } from "../protocol/engine.ts";
import { CancelledError } from "./cancelledError.ts";
import { flowAt } from "./flowRow.ts";

/** What comes and what else is asked gets its turn at least this often. */
const sliceMs = 8;

/** Values that held flows have, looked for little by little; only who asked last still waits for them. */
export class Suggestions {
  readonly #store: FlowStore;
  #asked = 0;

  constructor(store: FlowStore) {
    this.#store = store;
  }

  /** Rejects with a {@link CancelledError} when something else was asked for meanwhile. */
  async ask(params: EngineRequests["suggestions"]["params"]): Promise<readonly SeenValue[]> {
    const asked = ++this.#asked;
    const store = this.#store;
    const steps = seenValuesSteps(store, { ...params, flowAt: (row) => flowAt(store, row) });
    for (let endsAt = performance.now() + sliceMs; ; ) {
      const step = steps.next();
      if (step.done === true) return step.value;
      if (performance.now() < endsAt) continue;
      await setImmediate();
      if (asked !== this.#asked) throw new CancelledError("Other values were asked for.");
      endsAt = performance.now() + sliceMs;
    }
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#asked += 1;
  }
}
