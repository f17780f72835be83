import { readResponse, type ReadResponse } from "../hubble/readResponse.ts";
import type { ResolvedRange } from "./flowsRequest.ts";

/** Takes an event: its bytes or its line, and what it says. */
export type UseEvent = (raw: Uint8Array, response: ReadResponse) => void;

/**
 * Chooses from events, in the order in which they come, those of a stretch: they are used at once, but the newest so
 * many when {@link end} is called, and what comes after that at once again. Holds copies of no more events than that.
 */
export class CaptureWindow {
  readonly #range: Pick<ResolvedRange, "first" | "number">;
  readonly #use: UseEvent;
  readonly #held: Uint8Array[] = [];
  #seen = 0;
  #ended = false;

  constructor(range: Pick<ResolvedRange, "first" | "number">, use: UseEvent) {
    this.#range = range;
    this.#use = use;
  }

  /** Has enough been seen, so that nothing more will be used? */
  get isFull(): boolean {
    const { first, number } = this.#range;
    return first && number !== undefined && this.#seen >= number;
  }

  add(raw: Uint8Array, response: ReadResponse): void {
    if (this.isFull) return;
    const { first, number } = this.#range;
    this.#seen += 1;
    if (first || number === undefined || this.#ended) this.#use(raw, response);
    else this.#held[(this.#seen - 1) % number] = Uint8Array.prototype.slice.call(raw);
  }

  /** All that is there by now has been added. */
  end(): void {
    this.#ended = true;
    const held = this.#held.splice(0);
    const oldest = this.#seen > held.length ? this.#seen % held.length : 0;
    for (let index = 0; index < held.length; index++) {
      const raw = held[(oldest + index) % held.length];
      if (raw) this.#use(raw, readResponse(raw));
    }
  }
}
