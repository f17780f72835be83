import { readResponse, type ReadResponse } from "../hubble/readResponse.ts";
import type { ResolvedRange } from "./flowsRequest.ts";

/** Takes an event: its bytes or its line, and what it says. */
export type UseEvent = (raw: Uint8Array, response: ReadResponse) => void;

export interface CaptureWindowOptions extends Pick<ResolvedRange, "first" | "number"> {
  /** Does a notice count as a flow does? Of a capture it does in the `hubble` CLI, of a relay it does not. */
  readonly countsNotices: boolean;
}

/**
 * Chooses from events, in the order in which they come, those of a stretch: they are used at once, but the newest so
 * many when {@link end} is called, and what comes after that at once again. Holds copies of no more events than that.
 */
export class CaptureWindow {
  readonly #options: CaptureWindowOptions;
  readonly #use: UseEvent;
  /** What is before `#head` was let go; half of it at most. */
  #held: ({ readonly raw: Uint8Array; readonly counts: boolean } | undefined)[] = [];
  #head = 0;
  #counted = 0;
  #ended = false;

  constructor(options: CaptureWindowOptions, use: UseEvent) {
    this.#options = options;
    this.#use = use;
  }

  /** Has enough been seen, so that nothing more will be used? */
  get isFull(): boolean {
    const { first, number } = this.#options;
    return first && number !== undefined && this.#counted >= number;
  }

  add(raw: Uint8Array, response: ReadResponse): void {
    if (this.isFull) return;
    const { first, number, countsNotices } = this.#options;
    const counts = countsNotices || response.kind === "flow";
    if (counts) this.#counted += 1;
    if (first || number === undefined || this.#ended) {
      this.#use(raw, response);
      return;
    }
    this.#held.push({ raw: Uint8Array.prototype.slice.call(raw), counts });
    while (this.#counted > number) this.#letGo();
  }

  /** All that is there by now has been added. */
  end(): void {
    this.#ended = true;
    const held = this.#held.splice(0).slice(this.#head);
    for (const each of held) if (each) this.#use(each.raw, readResponse(each.raw));
  }

  #letGo(): void {
    if (this.#held[this.#head]?.counts === true) this.#counted -= 1;
    this.#held[this.#head++] = undefined;
    if (this.#head * 2 < this.#held.length) return;
    this.#held = this.#held.slice(this.#head);
    this.#head = 0;
  }
}
