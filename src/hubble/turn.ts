const turnMs = 8;

/**
 * Says when pieces have been handled for long enough in one turn of the event loop: what is buffered on a connection,
 * which may be megabytes, is handed out without letting the thread do anything else.
 */
export class Turn {
  #isNew = true;
  #endsAt = 0;

  /** To be asked after each piece: is it time to pause until the next turn? */
  isOver(): boolean {
    const now = performance.now();
    if (!this.#isNew) return now >= this.#endsAt;
    this.#isNew = false;
    this.#endsAt = now + turnMs;
    setImmediate(() => {
      this.#isNew = true;
    });
    return false;
  }
}
