import assert from "node:assert/strict";
import { leakedDisposables, trackDisposables } from "../../src/base/disposable.ts";
import { until } from "./until.ts";

/** Kinds of resources whose number the test runner itself does not change. */
const watched = [
  "TCPSocketWrap",
  "TCPServerWrap",
  "PipeConnectWrap",
  "TLSWrap",
  "Timeout",
  "Immediate",
  "MessagePort",
];

/**
 * Remembers what is open now; the answer fails when, after a moment in which connections may end, there is more:
 * sockets, timers, threads, or disposables made in between.
 */
export function watchLeaks(): () => Promise<void> {
  const before = countResources();
  trackDisposables();
  return async () => {
    await until(
      "all sockets, timers and threads ended",
      () => more(before).length === 0,
      10_000,
      () => more(before).join(", "),
    );
    assert.deepEqual(leakedDisposables(), []);
  };
}

function more(before: ReadonlyMap<string, number>): readonly string[] {
  return [...countResources()].flatMap(([kind, count]) => {
    const extra = count - (before.get(kind) ?? 0);
    return extra > 0 ? [`${extra} ${kind}`] : [];
  });
}

function countResources(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (watched.includes(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
