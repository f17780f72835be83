/** How long a session waits for what, in ms; tests shorten them. */
export interface Timings {
  /** For each answer while connecting, and for each answer of the relay about itself later on. */
  readonly answerMs: number;
  /** The first wait before trying again; each further one is twice as long. */
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
  /** A stream that lasted so long makes the next failure the first again. */
  readonly stableMs: number;
  /** Between two questions about the relay's state. */
  readonly pollMs: number;
  /** History counts as complete when nothing old came for so long. */
  readonly settleMs: number;
  /** … and after so long in any case: a relay whose clock is wrong sends only what looks old. */
  readonly settleAtMostMs: number;
  /** From the moment nobody looks until the streams are stopped. */
  readonly pauseAfterMs: number;
  /** The least time between two snapshots. */
  readonly snapshotMs: number;
  /** From the last keystroke until a document is read again. */
  readonly typingMs: number;
}

/** The timings of a session that a person looks at. */
export const usualTimings: Timings = {
  answerMs: 10_000,
  firstWaitMs: 500,
  longestWaitMs: 30_000,
  stableMs: 10_000,
  pollMs: 5_000,
  settleMs: 1_500,
  settleAtMostMs: 10_000,
  pauseAfterMs: 30_000,
  snapshotMs: 250,
  typingMs: 150,
};

/** How long to wait before attempt `attempt` (1 is the first retry); `random` is in [0, 1) and takes up to half off. */
export function waitBefore(attempt: number, random: number, timings: Timings): number {
  const longest = Math.min(timings.longestWaitMs, timings.firstWaitMs * 2 ** Math.min(attempt - 1, 30));
  return Math.round(longest * (1 - random / 2));
}
