import { monitorEventLoopDelay } from "node:perf_hooks";

/** How late timers of this thread came over a while, in milliseconds. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Watches this thread's event loop, with a resolution of 1 ms, until the work is done. */
export async function measureLoopDelay(work: () => Promise<void>): Promise<LoopDelay> {
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  const milliseconds = (nanoseconds: number) => nanoseconds / 1e6;
  return {
    p50: milliseconds(histogram.percentile(50)),
    p99: milliseconds(histogram.percentile(99)),
    max: milliseconds(histogram.max),
  };
}

/** One line of figures. */
export function delayText({ p50, p99, max }: LoopDelay): string {
  return `p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, max ${max.toFixed(1)} ms`;
}

/** The resident memory of this process, with its worker threads, in megabytes. */
export function residentMegabytes(): number {
  return process.memoryUsage.rss() / 1e6;
}
