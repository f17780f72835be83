const turnMs = 8;
/** Two pieces further apart than this do not belong to one burst. */
const pauseMs = 2;

/**
 * Says when a burst has been handled for long enough without letting the thread do anything else: what is buffered on a
 * connection, which may be megabytes, is handed out in one go otherwise.
 */
export class Turn {
  #endsAt = 0;
  #leftAt = -Infinity;

  /** To be told before each piece is handled, and when the thread has had its chance. */
  enter(isNew = false): void {
    const now = performance.now();
    if (isNew || now - this.#leftAt > pauseMs) this.#endsAt = now + turnMs;
    this.#leftAt = now;
  }

  /** To be asked after each piece: is it time to let the thread do other things? */
  isOver(): boolean {
    this.#leftAt = performance.now();
    return this.#leftAt >= this.#endsAt;
  }
}
